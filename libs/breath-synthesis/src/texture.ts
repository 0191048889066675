import { Random } from './random.js';

/** Spectral density in dB over frequency, linear between the points on a logarithmic frequency axis. */
export type Spectrum = readonly (readonly [hertz: number, db: number])[];

/** 4 s at 16 kHz, 1.4 s at 48 kHz: each breath reads it from another place. A power of two. */
export const TEXTURE_SAMPLES = 65_536;

/**
 * Noise with a given spectrum that repeats seamlessly: random phases under the spectrum, through an inverse FFT.
 * Unit root mean square, so that the gain on it is its level.
 */
export function noiseTexture(density: (hertz: number) => number, sampleRateHz: number, seed: number): Float32Array {
  const random = new Random(seed);
  const re = new Float64Array(TEXTURE_SAMPLES);
  const im = new Float64Array(TEXTURE_SAMPLES);
  for (let bin = 1; bin < TEXTURE_SAMPLES / 2; bin++) {
    const amplitude = 10 ** (density((bin * sampleRateHz) / TEXTURE_SAMPLES) / 20);
    const angle = 2 * Math.PI * random.next();
    re[bin] = amplitude * Math.cos(angle);
    im[bin] = amplitude * Math.sin(angle);
  }
  fft(re, im);
  const power = re.reduce((sum, value) => sum + value * value, 0) / TEXTURE_SAMPLES;
  return Float32Array.from(re, (value) => value / Math.sqrt(power));
}

export function interpolate(spectrum: Spectrum, hertz: number): number {
  const [firstHertz, firstDb] = spectrum[0] as readonly [number, number];
  if (hertz <= firstHertz) return firstDb + 24 * Math.log2(Math.max(hertz, 1) / firstHertz);
  const next = spectrum.findIndex(([point]) => point > hertz);
  if (next < 0) {
    const [lastHertz, lastDb] = spectrum[spectrum.length - 1] as readonly [number, number];
    return lastDb - 12 * Math.log2(hertz / lastHertz);
  }
  const [lowHertz, lowDb] = spectrum[next - 1] as readonly [number, number];
  const [highHertz, highDb] = spectrum[next] as readonly [number, number];
  return lowDb + ((highDb - lowDb) * Math.log(hertz / lowHertz)) / Math.log(highHertz / lowHertz);
}

/** Radix-2 decimation in time, in place. */
function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] as number, re[i] as number];
      [im[i], im[j]] = [im[j] as number, im[i] as number];
    }
  }
  const cosines = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  const sines = Float64Array.from({ length: n / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / n));
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let k = 0; k < half; k++) {
        const c = cosines[k * stride] as number;
        const s = sines[k * stride] as number;
        const here = start + k;
        const there = here + half;
        const oRe = (re[there] as number) * c - (im[there] as number) * s;
        const oIm = (re[there] as number) * s + (im[there] as number) * c;
        re[there] = (re[here] as number) - oRe;
        im[there] = (im[here] as number) - oIm;
        re[here] = (re[here] as number) + oRe;
        im[here] = (im[here] as number) + oIm;
      }
    }
  }
}
