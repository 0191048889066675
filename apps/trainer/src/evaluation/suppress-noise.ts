import { quantile } from '#libs/agreement';

/** Samples of a frame, a power of two; frames overlap by half. At 16 kHz, 32 ms. */
const FRAME = 512;
const HOP = FRAME / 2;
const BINS = FRAME / 2 + 1;
/** What is taken for noise in a bin: this quantile of its power, times the strength. */
const FLOOR_QUANTILE = 0.2;
const STRENGTH = 2;
/** Residual gain, as a power: musical noise is worse than a little of the real. */
const LEAST_GAIN = 0.01;

/** What a headset's noise suppression leaves of a sound: spectral subtraction (Boll 1979) over the whole stretch. */
export function suppressNoise(samples: Float32Array): Float32Array {
  const frames = Math.ceil(samples.length / HOP) + 1;
  const spectra = Array.from({ length: frames }, (_, at) => spectrumOf(samples, (at - 1) * HOP));
  for (let bin = 0; bin < BINS; bin++) {
    const powers = spectra.map(({ re, im }) => (re[bin] as number) ** 2 + (im[bin] as number) ** 2);
    const floor = STRENGTH * quantile(powers, FLOOR_QUANTILE);
    spectra.forEach((spectrum, at) => {
      const power = powers[at] as number;
      const gain = power > 0 ? Math.sqrt(Math.max(1 - floor / power, LEAST_GAIN)) : 0;
      scale(spectrum, bin, gain);
      if (bin > 0 && bin < FRAME / 2) scale(spectrum, FRAME - bin, gain);
    });
  }
  const sum = new Float32Array(samples.length);
  spectra.forEach((spectrum, at) => addFrame(sum, spectrum, (at - 1) * HOP));
  return sum;
}

interface Spectrum {
  re: Float64Array;
  im: Float64Array;
}

/** Periodic Hann: overlapping by half, the frames' windows add up to 1. */
const WINDOW = Float64Array.from({ length: FRAME }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / FRAME));

function spectrumOf(samples: Float32Array, start: number): Spectrum {
  const re = Float64Array.from(WINDOW, (weight, at) => weight * (samples[start + at] ?? 0));
  const spectrum = { re, im: new Float64Array(FRAME) };
  transform(spectrum);
  return spectrum;
}

/** The inverse is the transform of the conjugate. */
function addFrame(sum: Float32Array, { re, im }: Spectrum, start: number): void {
  const conjugate = { re, im: im.map((value) => -value) };
  transform(conjugate);
  for (let at = Math.max(0, -start); at < FRAME && start + at < sum.length; at++) {
    sum[start + at] = (sum[start + at] as number) + (conjugate.re[at] as number) / FRAME;
  }
}

function scale({ re, im }: Spectrum, at: number, gain: number): void {
  re[at] = gain * (re[at] as number);
  im[at] = gain * (im[at] as number);
}

/** Discrete Fourier transform in place, radix 2. */
function transform({ re, im }: Spectrum): void {
  for (let at = 0, to = 0; at < FRAME; at++) {
    if (at < to) {
      [re[at], re[to]] = [re[to] as number, re[at] as number];
      [im[at], im[to]] = [im[to] as number, im[at] as number];
    }
    let bit = FRAME >> 1;
    for (; to & bit; bit >>= 1) to ^= bit;
    to ^= bit;
  }
  for (let half = 1; half < FRAME; half *= 2) {
    for (let j = 0; j < half; j++) {
      const cos = Math.cos((Math.PI * j) / half);
      const sin = -Math.sin((Math.PI * j) / half);
      for (let a = j; a < FRAME; a += 2 * half) {
        const b = a + half;
        const real = cos * (re[b] as number) - sin * (im[b] as number);
        const imaginary = sin * (re[b] as number) + cos * (im[b] as number);
        re[b] = (re[a] as number) - real;
        im[b] = (im[a] as number) - imaginary;
        re[a] = (re[a] as number) + real;
        im[a] = (im[a] as number) + imaginary;
      }
    }
  }
}
