import type { FrameConfig } from './frame-extractor.js';
import { type LogMelNormalisedConfig, logMelNormalised } from './log-mel-normalised.js';
import { type StandardisedConfig, standardised } from './standardised.js';

/**
 * How frames become what the network reads, by `kind`. Plain data: it stands in the model bundle, so that training and
 * inference cannot differ. A reader refuses a bundle whose kind it does not implement.
 */
export type FrontEndConfig = LogMelNormalisedConfig | StandardisedConfig;

/** What the network reads of one window. */
export interface NetworkInput {
  /** [frames, featureWidth] row by row. */
  features: Float32Array;
  /** Steps of the network's input. */
  frames: number;
  /** [levelWidth]: statistics of the whole window, for the noise head; empty where the front end has none. */
  levels: Float32Array;
}

/** A pure function from the frames of one window to what the network reads. */
export interface FrontEnd {
  /** The frames that it takes; `createFrameExtractor` makes their extractor. */
  readonly frameConfig: FrameConfig;
  readonly featureWidth: number;
  readonly levelWidth: number;
  /**
   * @param frames [frameCount, width] of the window, as the extractor of `frameConfig` gives them
   * @throws RangeError when there are too few frames for one step of the network's input
   */
  apply(frames: Float32Array, frameCount: number): NetworkInput;
}

/** @throws RangeError when the configuration does not fit together */
export function createFrontEnd(config: FrontEndConfig): FrontEnd {
  return config.kind === 'log-mel-normalised' ? logMelNormalised(config) : standardised(config);
}

/** Numbers in `levels`. */
export function levelWidth(config: FrontEndConfig): number {
  return createFrontEnd(config).levelWidth;
}
