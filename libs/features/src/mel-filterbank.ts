import { PowerSpectrum512 } from './fft.js';
import type { FrameExtractor } from './frame-extractor.js';
import { FRAME_GRID, allFrames } from './frame-grid.js';

/** The mel filterbank of METHOD ("Signal"), which is Kaldi's with these settings. */
export const MEL = {
  sampleRateHz: FRAME_GRID.sampleRateHz,
  /** 25 ms. */
  frameSamples: 400,
  /** 10 ms; frame j covers samples [160 j, 160 j + 400). */
  hopSamples: FRAME_GRID.hopSamples,
  fftSize: 512,
  /** Of a filterbank that is not told otherwise. */
  bands: 40,
  lowHz: 0,
  highHz: 7_500,
  preEmphasis: 0.97,
  /** The Povey window is a Hann window to this power. */
  windowExponent: 0.85,
  /** Kaldi's floor under the logarithm: the float32 epsilon. */
  logFloor: 1.1920928955078125e-7,
} as const;

/** The numbers of bands that the paper compares. */
export const MEL_BANDS = [20, 40, 64] as const;
export type MelBands = (typeof MEL_BANDS)[number];

const f = Math.fround;
const melOfHz = (hz: number): number => f(1127 * f(Math.log(f(1 + f(hz / 700)))));

/** Hann (symmetric) to the power 0.85. */
function poveyWindow(): Float64Array {
  const last = MEL.frameSamples - 1;
  return Float64Array.from(
    { length: MEL.frameSamples },
    (_, n) => (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / last)) ** MEL.windowExponent,
  );
}

/**
 * Triangles linear in mel: the weights of band b stand from `offsets[b]` on and begin at FFT bin `firstBins[b]`.
 * Computed in float32 like Kaldi's and torchaudio's: near a triangle's foot the rounding of mel changes a weight by
 * more than 1e-4 of itself, and a pure tone may lie just there.
 */
function triangles(bands: number): { firstBins: Int32Array; offsets: Int32Array; weights: Float64Array } {
  const low = 1127 * Math.log(1 + MEL.lowHz / 700);
  const high = 1127 * Math.log(1 + MEL.highHz / 700);
  const step = f((high - low) / (bands + 1));
  const edge = (index: number): number => f(f(low) + f(index * step));
  const firstBins = new Int32Array(bands);
  const offsets = new Int32Array(bands + 1);
  const weights: number[] = [];
  for (let band = 0; band < bands; band++) {
    const [left, centre, right] = [edge(band), edge(band + 1), edge(band + 2)];
    firstBins[band] = -1;
    for (let bin = 0; bin < MEL.fftSize / 2; bin++) {
      const mel = melOfHz((bin * MEL.sampleRateHz) / MEL.fftSize);
      const rising = f(f(mel - left) / f(centre - left));
      const falling = f(f(right - mel) / f(right - centre));
      const weight = Math.min(rising, falling);
      if (weight <= 0) continue;
      if (firstBins[band] === -1) firstBins[band] = bin;
      weights.push(weight);
    }
    offsets[band + 1] = weights.length;
  }
  return { firstBins, offsets, weights: Float64Array.from(weights) };
}

/**
 * Linear mel energies by Kaldi's recipe: per frame remove DC, pre-emphasis, Povey window, 512-point power spectrum,
 * triangles. Frames are stateless, so a frame's bits depend on its 400 samples alone. The object holds scratch buffers
 * only and may serve any number of streams, one call at a time.
 */
export class MelFilterbank implements FrameExtractor {
  readonly width: number;
  readonly frameSamples = MEL.frameSamples;
  readonly hopSamples = MEL.hopSamples;
  private readonly window = poveyWindow();
  private readonly filters: ReturnType<typeof triangles>;
  private readonly spectrum = new PowerSpectrum512();

  constructor(bands: MelBands = MEL.bands) {
    this.width = bands;
    this.filters = triangles(bands);
  }

  frames(samples: Float32Array): Float32Array {
    return allFrames(this, samples);
  }

  frameInto(samples: Float32Array, start: number, target: Float32Array, at: number): void {
    this.loadFrame(samples, start);
    this.spectrum.transform();
    const { power } = this.spectrum;
    const bands = this.width;
    const { firstBins, offsets, weights } = this.filters;
    for (let band = 0; band < bands; band++) {
      const from = offsets[band] as number;
      const to = offsets[band + 1] as number;
      let bin = firstBins[band] as number;
      let energy = 0;
      for (let w = from; w < to; w++, bin++) energy += (weights[w] as number) * (power[bin] as number);
      target[at + band] = energy;
    }
  }

  /** Windowed samples 2n and 2n+1 become complex input n; the 56 inputs behind the frame are zero. */
  private loadFrame(samples: Float32Array, start: number): void {
    const { window } = this;
    const { order, real, imaginary } = this.spectrum;
    let sum = 0;
    for (let n = start; n < start + MEL.frameSamples; n++) sum += samples[n] as number;
    const mean = sum / MEL.frameSamples;
    const pairs = MEL.frameSamples / 2;
    let previous = (samples[start] as number) - mean; // Kaldi takes the first sample as its own predecessor
    for (let pair = 0, n = 0; pair < pairs; pair++, n += 2) {
      const even = (samples[start + n] as number) - mean;
      const odd = (samples[start + n + 1] as number) - mean;
      const place = order[pair] as number;
      real[place] = (even - MEL.preEmphasis * previous) * (window[n] as number);
      imaginary[place] = (odd - MEL.preEmphasis * even) * (window[n + 1] as number);
      previous = odd;
    }
    for (let pair = pairs; pair < MEL.fftSize / 2; pair++) {
      const place = order[pair] as number;
      real[place] = 0;
      imaginary[place] = 0;
    }
  }
}

/** Kaldi's logarithm of mel energies: ln(max(energy, 1.19e-7)). Digital silence gives -15.942. */
export function kaldiLog(energies: Float32Array): Float32Array {
  return energies.map((energy) => Math.log(Math.max(energy, MEL.logFloor)));
}
