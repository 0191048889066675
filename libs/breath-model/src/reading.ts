import type { EstimateQuality } from '#libs/contracts';
import type { Prediction } from './engine.js';
import type { Thresholds } from './manifest.js';

/** What is published about one window: the quantised fields that `BreathEstimate` takes from the model. */
export interface Reading extends Prediction {
  /** Respiration count: breaths in the window. */
  breathCount: number;
  quality: Exclude<EstimateQuality, 'unknown'>;
}

/** What a rate must pass to be accepted. */
export interface Tests {
  isHeard: boolean;
  isSure: boolean;
  isInRange: boolean;
}

/**
 * A rate is refused when no breathing is heard, when it is uncertain, or when it is near the ends of what the network
 * can say. Breath sounds often survive noise, so noise alone rejects nothing.
 */
export function testsOf(prediction: Prediction, thresholds: Thresholds): Tests {
  const { rrPerMinute, rrStdDev, pNone } = prediction;
  return {
    isHeard: pNone < thresholds.pNone,
    isSure: rrStdDev <= thresholds.relativeStdDev * rrPerMinute,
    isInRange: rrPerMinute >= thresholds.lowestRate && rrPerMinute <= thresholds.highestRate,
  };
}

/**
 * Whether the rate is accepted, and why not; where there is noise, that is named as the reason. Silence is `not_heard`,
 * never a statement about the person.
 */
export function qualityOf(prediction: Prediction, thresholds: Thresholds): Reading['quality'] {
  const { isHeard, isSure, isInRange } = testsOf(prediction, thresholds);
  if (isHeard && isSure && isInRange) return 'ok';
  if (prediction.pNoise >= thresholds.pNoise) return 'noisy';
  return isHeard ? 'low_confidence' : 'not_heard';
}

/**
 * Quality, respiration count (RC = RR x duration / 60; METHOD, "The recipe, complete") and rounding: RR and its
 * standard deviation to 0.1, RC to 0.01, probabilities to multiples of 1/255, which compress three times as well.
 */
export function toReading(prediction: Prediction, windowSeconds: number, thresholds: Thresholds): Reading {
  return {
    rrPerMinute: roundTo(10, prediction.rrPerMinute),
    rrStdDev: roundTo(10, prediction.rrStdDev),
    breathCount: roundTo(100, (prediction.rrPerMinute * windowSeconds) / 60),
    pNone: roundTo(255, prediction.pNone),
    pNormal: roundTo(255, prediction.pNormal),
    pHeavy: roundTo(255, prediction.pHeavy),
    pNoise: roundTo(255, prediction.pNoise),
    quality: qualityOf(prediction, thresholds),
  };
}

const roundTo = (stepsPerUnit: number, value: number): number => Math.round(value * stepsPerUnit) / stepsPerUnit;
