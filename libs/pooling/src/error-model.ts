/** How far pooled rates are off, in breaths per minute, measured on people whom the network had not seen. */
export interface ErrorModel {
  /** Standard deviation of one window's error around its recording's mean, such that a median of n has this / sqrt(n). */
  withinStdDev: number;
  /** Standard deviation of people's own biases, which no pooling averages out. */
  betweenStdDev: number;
}

/**
 * `fitErrorModel` of the out-of-fold windows of models/default-folds, over all noise levels; a test compares them.
 * Absolute, not in proportion to the rate: from 5 to 130 /min neither part grew with it.
 */
export const DEFAULT_ERROR_MODEL: ErrorModel = { withinStdDev: 2.2, betweenStdDev: 1.6 };

/** The 0.975 quantile of the normal distribution. */
const Z_95 = 1.959964;

/** Standard error of a median of n windows: within-recording and between-person variance together (METHOD, "Clinical conventions"). */
function standardErrorOf(windows: number, { withinStdDev, betweenStdDev }: ErrorModel): number {
  return Math.sqrt(betweenStdDev ** 2 + withinStdDev ** 2 / windows);
}

/** Half the width of the 95 % interval of a rate pooled from n windows. */
export function halfWidthOf(windows: number, model: ErrorModel): number {
  return Z_95 * standardErrorOf(windows, model);
}

/** P(true pooled rate > threshold), with normal errors. */
export function probabilityAbove(threshold: number, rate: number, windows: number, model: ErrorModel): number {
  return normalCdf((rate - threshold) / standardErrorOf(windows, model));
}

/** Abramowitz and Stegun 26.2.17: absolute error below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z >= 0 ? 1 - tail : tail;
}
