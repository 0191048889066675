/** How far pooled rates are off, in breaths per minute, measured on people whom the network had not seen. */
export interface ErrorModel {
  /** Standard deviation of one window's error around its recording's mean, such that a median of n has this / sqrt(n). */
  withinStdDev: number;
  /** People's own biases, which no pooling averages out, by how steadily windows are accepted; the steadiest first. */
  betweenStdDev: readonly BiasFromSteadiness[];
  /** From `FAST_PER_MINUTE` on they are at least this: root mean square, breaths per minute. */
  fastStdDev: number;
}

/** From here on people's biases are greater. */
export const FAST_PER_MINUTE = 40;

export interface BiasFromSteadiness {
  /** From this steadiness on; 0 for the last. */
  steadiness: number;
  /** Root mean square, breaths per minute. */
  stdDev: number;
}

/** What counts for the interval of a span's rate. */
export interface PooledWindows {
  ratePerMinute: number;
  acceptedWindows: number;
  steadiness: number;
}

/** Of a span, or of a recording: windows are counted, and what they cover together is a length in any unit. */
export interface Acceptance {
  acceptedWindows: number;
  receivedWindows: number;
  acceptedLength: number;
  receivedLength: number;
}

/**
 * Accepted share of the windows within the time that accepted ones cover: about 1 where they come in stretches, so that
 * a noisy minute tells nothing about the minute before; 1/2 where every second one of overlapping windows is accepted.
 * 0 of nothing.
 */
export function steadinessOf({ acceptedWindows, receivedWindows, acceptedLength, receivedLength }: Acceptance): number {
  if (acceptedWindows === 0) return 0;
  return Math.min(1, ((acceptedWindows / receivedWindows) * receivedLength) / acceptedLength);
}

/**
 * `fitErrorModel` of the out-of-fold windows of models/default-folds, over all noise levels; a test compares them. Where
 * acceptance flickers, what is accepted errs more; the rates of people who pant are read low or high by some. Few people
 * make each bias: the second, for one, is 2.5 (95 % interval by person 1.7 to 3.3) with these folds, and was 1.6 (0.9 to
 * 2.2) with those of the model before. The values weigh both by their intervals.
 */
export const DEFAULT_ERROR_MODEL: ErrorModel = {
  withinStdDev: 1.7,
  betweenStdDev: [
    { steadiness: 0.8, stdDev: 1 },
    { steadiness: 0.65, stdDev: 1.95 },
    { steadiness: 0, stdDev: 3.4 },
  ],
  fastStdDev: 4.5,
};

/** The 0.975 quantile of the normal distribution. */
const Z_95 = 1.959964;

/** Standard error of a median of n windows: within-recording and between-person variance together (METHOD, "Clinical conventions"). */
function standardErrorOf(
  { ratePerMinute, acceptedWindows, steadiness }: PooledWindows,
  { withinStdDev, betweenStdDev, fastStdDev }: ErrorModel,
): number {
  const { stdDev } = betweenStdDev.find((bias) => steadiness >= bias.steadiness) as BiasFromSteadiness;
  const between = ratePerMinute < FAST_PER_MINUTE ? stdDev : Math.max(stdDev, fastStdDev);
  return Math.sqrt(between ** 2 + withinStdDev ** 2 / acceptedWindows);
}

/** Half the width of the 95 % interval of a pooled rate; of one window at least. */
export function halfWidthOf(windows: PooledWindows, model: ErrorModel): number {
  return Z_95 * standardErrorOf(windows, model);
}

/** P(true pooled rate > threshold), with normal errors. */
export function probabilityAbove(threshold: number, windows: PooledWindows, model: ErrorModel): number {
  return normalCdf((windows.ratePerMinute - threshold) / standardErrorOf(windows, model));
}

/** Abramowitz and Stegun 26.2.17: absolute error below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z >= 0 ? 1 - tail : tail;
}
