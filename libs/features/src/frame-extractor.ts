import { MelFilterbank, type MelBands } from './mel-filterbank.js';
import { type ModulationConfig, ModulationExtractor } from './modulation.js';

/**
 * From 16 kHz samples to frames of numbers. Frames are stateless: frame j of a session depends on samples
 * [hopSamples j, hopSamples j + frameSamples) alone, to the bit, so no cut of a stream changes one. An extractor holds
 * tables and scratch space only and may serve any number of streams, one call at a time.
 */
export interface FrameExtractor {
  /** Numbers in a frame. */
  readonly width: number;
  /** Samples that a frame reads. */
  readonly frameSamples: number;
  /** Samples from one frame's start to the next one's. */
  readonly hopSamples: number;
  /**
   * All whole frames of a sound.
   * @param samples 16 kHz mono in [-1, 1)
   * @returns [n, width] row by row, n = framesIn(samples.length, this)
   */
  frames(samples: Float32Array): Float32Array;
  /** One frame: samples [start, start + frameSamples) become `target[at..at + width)`. Allocates nothing. */
  frameInto(samples: Float32Array, start: number, target: Float32Array, at: number): void;
}

/** What frames hold: linear mel energies, or the modulation coefficients of the paper's Section V. */
export type FrameConfig = { kind: 'mel'; bands: MelBands } | ({ kind: 'modulation' } & ModulationConfig);

/** @throws RangeError when modulation parameters contradict each other */
export function createFrameExtractor(config: FrameConfig): FrameExtractor {
  return config.kind === 'mel' ? new MelFilterbank(config.bands) : new ModulationExtractor(config);
}
