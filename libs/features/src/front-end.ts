import { MEL } from './mel-filterbank.js';

/**
 * How mel energies become what the network reads (METHOD, "The recipe, complete"). Plain data: it stands in the model
 * bundle, so that training and inference cannot differ.
 */
export interface FrontEndConfig {
  /** The kind of front end; a reader refuses a bundle whose kind it does not implement. */
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

export const DEFAULT_FRONT_END: Readonly<FrontEndConfig> = {
  kind: 'log-mel-normalised',
  sampleScale: 32_768,
  logOffset: 10,
  framesPerStep: 2,
  deviationOffset: 2,
  levelScale: 3,
  levelDeviation: 1,
};

/** What the network reads of one window. */
export interface NetworkInput {
  /** [frames, 40] row by row. */
  features: Float32Array;
  /** Steps of the network's input (20 ms each by default). */
  frames: number;
  /** [levelWidth(config)]: relative level of each bin, then the spread of each bin, then the loudness if asked for. */
  levels: Float32Array;
}

/** Numbers in `levels`: two for each bin, and one more with `loudness`. */
export function levelWidth(config: Pick<FrontEndConfig, 'loudness'>): number {
  return 2 * MEL.bands + (config.loudness ? 1 : 0);
}

/**
 * The front end of one window: x = ln(scale^2 energy + offset), averaged over `framesPerStep` frames; then per bin
 * (x - mean) / (sd + deviationOffset), where mean and (biased) sd are those of the window. A pure function of the
 * window's energies.
 * @param melEnergies [melFrames, 40] of samples in [-1, 1), as `MelFilterbank` gives them
 * @throws RangeError when there are fewer frames than one step
 */
export function applyFrontEnd(melEnergies: Float32Array, melFrames: number, config: FrontEndConfig): NetworkInput {
  const bands = MEL.bands;
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

function averagedLogs(melEnergies: Float32Array, frames: number, config: FrontEndConfig): Float64Array {
  const bands = MEL.bands;
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
  const bands = MEL.bands;
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

function levelStatistics(means: Float64Array, deviations: Float64Array, config: FrontEndConfig): Float32Array {
  const overall = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const levels = new Float32Array(levelWidth(config));
  for (let band = 0; band < MEL.bands; band++) {
    levels[band] = ((means[band] as number) - overall) / config.levelScale;
    levels[MEL.bands + band] = (deviations[band] as number) - config.levelDeviation;
  }
  if (config.loudness) levels[2 * MEL.bands] = (overall - config.loudness.centre) / config.loudness.scale;
  return levels;
}
