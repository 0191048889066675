import type { FrontEnd, NetworkInput } from './front-end.js';
import { MEL } from './mel-filterbank.js';

/** The front end of METHOD ("The recipe, complete"): 40 log-mels, frame pairs, normalised within the window. */
export interface LogMelNormalisedConfig {
  kind: 'log-mel-normalised';
  /** Samples are scaled by this before the power is taken: 32768 is the 16-bit scale. */
  sampleScale: number;
  /** Added to an energy before its logarithm, so that digital silence does not dominate. */
  logOffset: number;
  /** So many frames of 10 ms are averaged into one step; a window begins on this grid and an incomplete last step is left out. */
  framesPerStep: number;
  /** Added to the standard deviation that a bin is divided by. */
  deviationOffset: number;
  /** Level statistics for the noise head: (mean of the bin - mean over bins) / this. */
  levelScale: number;
  /** Level statistics for the noise head: standard deviation of the bin - this. */
  levelDeviation: number;
  /** With it the absolute level is among the statistics: (mean of the bins' means - centre) / scale, in log-mel units. */
  loudness?: { centre: number; scale: number } | undefined;
}

export const DEFAULT_FRONT_END: Readonly<LogMelNormalisedConfig> = {
  kind: 'log-mel-normalised',
  sampleScale: 32_768,
  logOffset: 10,
  framesPerStep: 2,
  deviationOffset: 2,
  levelScale: 3,
  levelDeviation: 1,
};

const bands = MEL.bands;

/**
 * x = ln(scale^2 energy + offset), averaged over `framesPerStep` frames; then per bin (x - mean) / (sd +
 * deviationOffset), where mean and (biased) sd are those of the window. `levels` holds the relative level of each bin,
 * then the spread of each bin, then the loudness if it is asked for.
 */
export function logMelNormalised(config: LogMelNormalisedConfig): FrontEnd {
  return {
    frameConfig: { kind: 'mel', bands },
    featureWidth: bands,
    levelWidth: 2 * bands + (config.loudness ? 1 : 0),
    apply: (frames, frameCount) => normalised(frames, frameCount, config),
  };
}

function normalised(melEnergies: Float32Array, melFrames: number, config: LogMelNormalisedConfig): NetworkInput {
  const frames = Math.floor(melFrames / config.framesPerStep);
  if (frames < 1 || melEnergies.length < melFrames * bands) {
    throw new RangeError(`${melEnergies.length} energies for ${melFrames} frames give no step of the network's input`);
  }
  const steps = averagedLogs(melEnergies, frames, config);
  const { means, deviations } = statistics(steps, frames);
  const features = new Float32Array(frames * bands);
  for (let at = 0, frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++, at++) {
      features[at] =
        ((steps[at] as number) - (means[band] as number)) / ((deviations[band] as number) + config.deviationOffset);
    }
  }
  return { features, frames, levels: levelStatistics(means, deviations, config) };
}

function averagedLogs(melEnergies: Float32Array, frames: number, config: LogMelNormalisedConfig): Float64Array {
  const { framesPerStep, logOffset } = config;
  const powerScale = config.sampleScale ** 2;
  const steps = new Float64Array(frames * bands);
  for (let frame = 0, from = 0; frame < frames * framesPerStep; frame++) {
    const to = Math.floor(frame / framesPerStep) * bands;
    for (let band = 0; band < bands; band++, from++) {
      steps[to + band] =
        (steps[to + band] as number) + Math.log(powerScale * (melEnergies[from] as number) + logOffset) / framesPerStep;
    }
  }
  return steps;
}

function statistics(steps: Float64Array, frames: number): { means: Float64Array; deviations: Float64Array } {
  const means = new Float64Array(bands);
  const deviations = new Float64Array(bands);
  for (let band = 0; band < bands; band++) {
    let sum = 0;
    for (let at = band; at < steps.length; at += bands) sum += steps[at] as number;
    const mean = sum / frames;
    let squares = 0;
    for (let at = band; at < steps.length; at += bands) squares += ((steps[at] as number) - mean) ** 2;
    means[band] = mean;
    deviations[band] = Math.sqrt(squares / frames);
  }
  return { means, deviations };
}

function levelStatistics(means: Float64Array, deviations: Float64Array, config: LogMelNormalisedConfig): Float32Array {
  const overall = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const levels = new Float32Array(2 * bands + (config.loudness ? 1 : 0));
  for (let band = 0; band < bands; band++) {
    levels[band] = ((means[band] as number) - overall) / config.levelScale;
    levels[bands + band] = (deviations[band] as number) - config.levelDeviation;
  }
  if (config.loudness) levels[2 * bands] = (overall - config.loudness.centre) / config.loudness.scale;
  return levels;
}
