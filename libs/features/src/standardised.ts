import { deltas } from './deltas.js';
import type { FrameConfig } from './frame-extractor.js';
import type { FrontEnd, NetworkInput } from './front-end.js';
import { type MelBands, kaldiLog } from './mel-filterbank.js';
import type { ModulationConfig } from './modulation.js';
import { normaliseWindow } from './window-normalisation.js';

/** The paper's baseline: Kaldi's log-mels with its floor. */
interface LogMels {
  kind: 'log-mel-standardised';
  bands: MelBands;
}

/** The paper's Section V: modulation features. */
interface Modulation {
  kind: 'modulation-standardised';
  modulation: ModulationConfig;
}

/** A standardising front end whose statistics are not known yet. */
export type UnfittedFrontEnd = (LogMels | Modulation) & {
  /** Slopes over time (`deltas`) stand behind the features of a frame, as many again. */
  deltas: boolean;
};

/** z-scored by the statistics of the training data, one number per feature, as `fitFrontEnd` finds them. */
export type StandardisedConfig = UnfittedFrontEnd & {
  means: number[];
  /** Positive. */
  deviations: number[];
  /** With it the z-scores are then normalised over the window itself, with this beside the deviation. */
  windowDeviationOffset?: number | undefined;
};

/**
 * One step of the network's input per frame of 10 ms: (x - mean) / deviation of each feature, then, where it is asked for,
 * `normaliseWindow`. `levels` is empty.
 * @throws RangeError unless there is one mean and one positive deviation per feature
 */
export function standardised(config: StandardisedConfig): FrontEnd {
  const featureWidth = standardisedWidth(config);
  const { means, deviations } = config;
  if (means.length !== featureWidth || deviations.length !== featureWidth || !deviations.every((value) => value > 0)) {
    throw new RangeError(`${featureWidth} features need as many means and positive deviations`);
  }
  return {
    frameConfig: frameConfigOf(config),
    featureWidth,
    levelWidth: 0,
    apply: (frames, frameCount) => zScored(frames, frameCount, config),
  };
}

/** The same front end without any scaling: what its statistics are taken from. */
export function unstandardised(config: UnfittedFrontEnd): FrontEnd {
  const width = standardisedWidth(config);
  const filled = (value: number): number[] => new Array<number>(width).fill(value);
  return standardised({ ...config, means: filled(0), deviations: filled(1) });
}

/** Features of one step. */
export function standardisedWidth(config: UnfittedFrontEnd): number {
  return frameWidthOf(config) * (config.deltas ? 2 : 1);
}

function frameConfigOf(config: UnfittedFrontEnd): FrameConfig {
  return config.kind === 'log-mel-standardised'
    ? { kind: 'mel', bands: config.bands }
    : { kind: 'modulation', ...config.modulation };
}

function frameWidthOf(config: UnfittedFrontEnd): number {
  return config.kind === 'log-mel-standardised' ? config.bands : config.modulation.coefficients;
}

function zScored(frames: Float32Array, frameCount: number, config: StandardisedConfig): NetworkInput {
  const width = frameWidthOf(config);
  if (frameCount < 1 || frames.length < frameCount * width) {
    throw new RangeError(`${frames.length} numbers for ${frameCount} frames of ${width} give no input of the network`);
  }
  const window = frames.subarray(0, frameCount * width);
  const values = config.kind === 'log-mel-standardised' ? kaldiLog(window) : window;
  const parts = config.deltas ? [values, deltas(values, frameCount, width)] : [values];
  const { means, deviations, windowDeviationOffset } = config;
  const features = new Float32Array(frameCount * width * parts.length);
  for (let frame = 0, at = 0; frame < frameCount; frame++) {
    for (let part = 0, feature = 0; part < parts.length; part++) {
      const row = parts[part] as Float32Array;
      for (let from = frame * width; from < (frame + 1) * width; from++, feature++, at++) {
        features[at] = ((row[from] as number) - (means[feature] as number)) / (deviations[feature] as number);
      }
    }
  }
  if (windowDeviationOffset !== undefined) normaliseWindow(features, width * parts.length, windowDeviationOffset);
  return { features, frames: frameCount, levels: new Float32Array(0) };
}
