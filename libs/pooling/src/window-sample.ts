import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';

/** Estimates carry probabilities as multiples of 1/255 and rates as multiples of 0.1: kept as integers, sums are exact. */
export const PROBABILITY_STEPS = 255;
export const RATE_STEPS_PER_UNIT = 10;

/** What pooling needs of one window. Times are epoch milliseconds. */
export interface WindowSample {
  startMs: number;
  endMs: number;
  /** Rate in 0.1 /min; -1 where the window was not accepted. */
  rateTenths: number;
  /** Probabilities in 1/255. */
  none: number;
  normal: number;
  heavy: number;
  noise: number;
}

export function toSample(estimate: BreathEstimate): WindowSample {
  const { windowStart, windowSamples, rrPerMinute, quality, pNone, pNormal, pHeavy, pNoise } = estimate;
  return {
    startMs: windowStart,
    endMs: windowStart + Math.round((windowSamples * 1000) / ANALYSIS_RATE_HZ),
    rateTenths: quality === 'ok' ? Math.round(rrPerMinute * RATE_STEPS_PER_UNIT) : -1,
    none: Math.round(pNone * PROBABILITY_STEPS),
    normal: Math.round(pNormal * PROBABILITY_STEPS),
    heavy: Math.round(pHeavy * PROBABILITY_STEPS),
    noise: Math.round(pNoise * PROBABILITY_STEPS),
  };
}

/** A window belongs to the one span in which its middle lies, so that each window counts once. */
export const middleOf = ({ startMs, endMs }: WindowSample): number => (startMs + endMs) / 2;
