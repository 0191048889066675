import { DESA_REACH, squaredAmplitudes } from './energy-separation.js';
import type { FrameExtractor } from './frame-extractor.js';
import { FRAME_GRID, allFrames } from './frame-grid.js';
import { GammatoneFilter, gammatoneCentres } from './gammatone.js';

/** Parameters of the modulation features. The paper gives none; METHOD resolves the kind, the values are ours. */
export interface ModulationConfig {
  /** Gammatone sub-bands. */
  bands: number;
  /** Centre of the lowest sub-band. */
  lowHz: number;
  /** Centre of the highest sub-band, below half the sample rate. */
  highHz: number;
  /** Bandwidth of a sub-band in ERB of its centre: 1.019 for a gammatone of fourth order. */
  bandwidthErbs: number;
  /** The filters start at rest this long before the window; with 800 (50 ms) the lowest sub-band misses 0.003 % of its response's energy. */
  contextSamples: number;
  /** The window over which the squared amplitude is averaged (Hamming), as long as a mel frame by default. */
  windowSamples: number;
  /** The mean squared amplitude is compressed by this root: 15 stands for the power 1/15 (Mitra et al. 2012). */
  compressionRoot: number;
  /** First coefficients of the cosine transform that are kept. */
  coefficients: number;
}

export const DEFAULT_MODULATION: Readonly<ModulationConfig> = {
  bands: 40,
  lowHz: 100,
  highHz: 7_000,
  bandwidthErbs: 1.019,
  contextSamples: 800,
  windowSamples: 400,
  compressionRoot: 15,
  coefficients: 40,
};

/**
 * Amplitude modulation in sub-bands, after the normalised modulation cepstral coefficients (NMCC) of Mitra, Franco,
 * Graciarena and Mandal (2012): gammatone sub-bands, the amplitude of each by energy separation, its mean square over the
 * frame's window, a root, and a cosine transform over the sub-bands. A frame is contextSamples + windowSamples long; its
 * mean is taken off, and its filters start at rest with its first sample, so that its memory ends there.
 */
export class ModulationExtractor implements FrameExtractor {
  readonly width: number;
  readonly frameSamples: number;
  readonly hopSamples = FRAME_GRID.hopSamples;
  private readonly filters: { filter: GammatoneFilter; lowestSineSquared: number }[];
  private readonly weights: Float64Array;
  private readonly cosines: Float64Array;
  private readonly sound: Float64Array;
  private readonly subBand: Float64Array;
  private readonly squares: Float64Array;
  private readonly powers: Float64Array;

  /** @throws RangeError when parameters contradict each other */
  constructor(private readonly config: ModulationConfig) {
    const { bands, contextSamples, windowSamples, coefficients } = config;
    const fault = modulationFault(config);
    if (fault !== undefined) throw new RangeError(fault);
    this.width = coefficients;
    this.frameSamples = contextSamples + windowSamples;
    this.filters = filtersOf(config, this.frameSamples);
    this.weights = hammingWeights(windowSamples - 2 * DESA_REACH);
    this.cosines = cosineTransform(bands, coefficients);
    this.sound = new Float64Array(this.frameSamples);
    this.subBand = new Float64Array(windowSamples);
    this.squares = new Float64Array(windowSamples - 2 * DESA_REACH);
    this.powers = new Float64Array(bands);
  }

  frames(samples: Float32Array): Float32Array {
    return allFrames(this, samples);
  }

  frameInto(samples: Float32Array, start: number, target: Float32Array, at: number): void {
    const { powers, cosines, width } = this;
    this.powersInto(samples, start, powers);
    const exponent = 1 / this.config.compressionRoot;
    for (let band = 0; band < powers.length; band++) powers[band] = (powers[band] as number) ** exponent;
    for (let coefficient = 0, c = 0; coefficient < width; coefficient++) {
      let sum = 0;
      for (let band = 0; band < powers.length; band++, c++) sum += (cosines[c] as number) * (powers[band] as number);
      target[at + coefficient] = sum;
    }
  }

  /** The frame's mean squared amplitude in each sub-band, before root and cosine transform: [bands]. */
  powersInto(samples: Float32Array, start: number, target: Float64Array): void {
    const { sound, subBand, squares, weights } = this;
    let sum = 0;
    for (let n = 0; n < sound.length; n++) sum += samples[start + n] as number;
    const mean = sum / sound.length;
    for (let n = 0; n < sound.length; n++) sound[n] = (samples[start + n] as number) - mean;
    this.filters.forEach(({ filter, lowestSineSquared }, band) => {
      filter.filterInto(sound, subBand);
      squaredAmplitudes(subBand, lowestSineSquared, squares);
      let power = 0;
      for (let n = 0; n < squares.length; n++) power += (weights[n] as number) * (squares[n] as number);
      target[band] = power;
    });
  }
}

/** What contradicts itself in the parameters; undefined when nothing does. */
export function modulationFault(config: ModulationConfig): string | undefined {
  const { bands, lowHz, highHz, windowSamples, coefficients } = config;
  if (bands < 2) return `${bands} sub-bands are too few; 2 are needed`;
  if (lowHz >= highHz || highHz >= FRAME_GRID.sampleRateHz / 2) return `sub-bands from ${lowHz} to ${highHz} Hz do not lie in order below ${FRAME_GRID.sampleRateHz / 2} Hz`; // prettier-ignore
  if (windowSamples <= 2 * DESA_REACH) return `a window of ${windowSamples} samples has no amplitude`;
  if (coefficients > bands) return `${coefficients} coefficients cannot come from ${bands} sub-bands`;
  return undefined;
}

/** A frequency more than an octave below the sub-band's centre is no finding but a fault of energy separation. */
function filtersOf({ bands, lowHz, highHz, bandwidthErbs }: ModulationConfig, frameSamples: number) {
  return gammatoneCentres(bands, lowHz, highHz).map((centreHz) => ({
    filter: new GammatoneFilter(centreHz, FRAME_GRID.sampleRateHz, bandwidthErbs, frameSamples),
    lowestSineSquared: Math.sin((Math.PI * centreHz) / FRAME_GRID.sampleRateHz) ** 2,
  }));
}

function hammingWeights(length: number): Float64Array {
  const window = Float64Array.from({ length }, (_, n) => 0.54 - 0.46 * Math.cos((2 * Math.PI * (n + 0.5)) / length));
  const sum = window.reduce((total, weight) => total + weight, 0);
  return window.map((weight) => weight / sum);
}

/** Orthonormal DCT-II, [coefficients, bands] row by row. */
function cosineTransform(bands: number, coefficients: number): Float64Array {
  return Float64Array.from({ length: coefficients * bands }, (_, at) => {
    const [row, band] = [Math.floor(at / bands), at % bands];
    const scale = Math.sqrt((row === 0 ? 1 : 2) / bands);
    return scale * Math.cos((Math.PI * row * (band + 0.5)) / bands);
  });
}
