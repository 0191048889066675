import { PowerSpectrum512 } from './fft.js';

/** The mel filterbank of METHOD ("Signal"), which is Kaldi's with these settings. */
export const MEL = {
  sampleRateHz: 16_000,
  /** 25 ms. */
  frameSamples: 400,
  /** 10 ms; frame j covers samples [160 j, 160 j + 400). */
  hopSamples: 160,
  fftSize: 512,
  bands: 40,
  lowHz: 0,
  highHz: 7_500,
  preEmphasis: 0.97,
  /** The Povey window is a Hann window to this power. */
  windowExponent: 0.85,
  /** Kaldi's floor under the logarithm: the float32 epsilon. */
  logFloor: 1.1920928955078125e-7,
} as const;

/** Whole frames in so many samples; frames never reach over an edge. 5 s gives 498. */
export function framesIn(samples: number): number {
  return samples < MEL.frameSamples ? 0 : Math.floor((samples - MEL.frameSamples) / MEL.hopSamples) + 1;
}

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
function triangles(): { firstBins: Int32Array; offsets: Int32Array; weights: Float64Array } {
  const low = 1127 * Math.log(1 + MEL.lowHz / 700);
  const high = 1127 * Math.log(1 + MEL.highHz / 700);
  const step = f((high - low) / (MEL.bands + 1));
  const edge = (index: number): number => f(f(low) + f(index * step));
  const firstBins = new Int32Array(MEL.bands);
  const offsets = new Int32Array(MEL.bands + 1);
  const weights: number[] = [];
  for (let band = 0; band < MEL.bands; band++) {
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
 * Mel energies by Kaldi's recipe: per frame remove DC, pre-emphasis, Povey window, 512-point power spectrum, 40
 * triangles. Frames are stateless, so a frame's bits depend on its 400 samples alone. The object holds scratch buffers
 * only and may serve any number of streams, one call at a time.
 */
export class MelFilterbank {
  private readonly window = poveyWindow();
  private readonly filters = triangles();
  private readonly spectrum = new PowerSpectrum512();

  /**
   * All whole frames of a sound.
   * @param samples 16 kHz mono in [-1, 1)
   * @returns linear mel energies, [framesIn(samples.length), 40] row by row
   */
  energies(samples: Float32Array): Float32Array {
    const energies = new Float32Array(framesIn(samples.length) * MEL.bands);
    for (let row = 0, start = 0; row < energies.length; row += MEL.bands, start += MEL.hopSamples) {
      this.frameInto(samples, start, energies, row);
    }
    return energies;
  }

  /** One frame: samples [start, start + 400) become the 40 energies at `target[at..at + 40)`. Allocates nothing. */
  frameInto(samples: Float32Array, start: number, target: Float32Array, at: number): void {
    this.loadFrame(samples, start);
    this.spectrum.transform();
    const { power } = this.spectrum;
    const { firstBins, offsets, weights } = this.filters;
    for (let band = 0; band < MEL.bands; band++) {
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
