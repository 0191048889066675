import { MEL, framesIn } from '#libs/features';

/**
 * The filterbank as one writes it first, to measure against: an iterative radix-2 FFT over 512 complex points with
 * tables, and every triangle multiplied with the whole spectrum.
 */
export class PlainFilterbank {
  private readonly window = Float64Array.from(
    { length: MEL.frameSamples },
    (_, n) => (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (MEL.frameSamples - 1))) ** MEL.windowExponent,
  );
  private readonly filters = triangles();
  private readonly cos = Float64Array.from({ length: SIZE / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / SIZE));
  private readonly sin = Float64Array.from({ length: SIZE / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / SIZE));

  energies(samples: Float32Array): Float32Array {
    const out = new Float32Array(framesIn(samples.length, MEL) * MEL.bands);
    for (let frame = 0; frame * MEL.bands < out.length; frame++) {
      const power = this.power(samples.subarray(frame * MEL.hopSamples, frame * MEL.hopSamples + MEL.frameSamples));
      this.filters.forEach((filter, band) => {
        out[frame * MEL.bands + band] = filter.reduce((sum, weight, k) => sum + weight * (power[k] as number), 0);
      });
    }
    return out;
  }

  private power(frame: Float32Array): Float64Array {
    const mean = frame.reduce((sum, sample) => sum + sample, 0) / frame.length;
    const re = new Float64Array(SIZE);
    const im = new Float64Array(SIZE);
    frame.forEach((sample, n) => {
      const before = frame[Math.max(0, n - 1)] as number;
      re[reversed(n)] = (sample - mean - MEL.preEmphasis * (before - mean)) * (this.window[n] as number);
    });
    for (let half = 1; half < SIZE; half *= 2) {
      for (let start = 0; start < SIZE; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = this.cos[(k * SIZE) / (2 * half)] as number;
          const s = this.sin[(k * SIZE) / (2 * half)] as number;
          const [i, j] = [start + k, start + k + half];
          const tr = (re[j] as number) * c + (im[j] as number) * s;
          const ti = (im[j] as number) * c - (re[j] as number) * s;
          re[j] = (re[i] as number) - tr;
          im[j] = (im[i] as number) - ti;
          re[i] = (re[i] as number) + tr;
          im[i] = (im[i] as number) + ti;
        }
      }
    }
    return re.map((x, k) => x * x + (im[k] as number) ** 2);
  }
}

const SIZE = MEL.fftSize;
const BITS = Math.log2(SIZE);

function reversed(index: number): number {
  let result = 0;
  for (let bit = 0; bit < BITS; bit++) result = (result << 1) | ((index >> bit) & 1);
  return result;
}

function triangles(): Float64Array[] {
  const mel = (hz: number) => 1127 * Math.log(1 + hz / 700);
  const step = mel(MEL.highHz) / (MEL.bands + 1);
  return Array.from({ length: MEL.bands }, (_, band) =>
    Float64Array.from({ length: SIZE / 2 }, (_, k) => {
      const position = mel((k * MEL.sampleRateHz) / SIZE) / step - band;
      return Math.max(0, Math.min(position, 2 - position));
    }),
  );
}
