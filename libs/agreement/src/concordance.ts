import { assertPaired, mean, variance } from './statistics.js';

/**
 * Lin's concordance correlation coefficient (Biometrics 45, 1989), with biased moments:
 * 2 cov(x, y) / (var x + var y + (mean x - mean y)^2), in [-1, 1]. NaN when both are constant and equal.
 * @throws RangeError when the two are not equally long
 */
export function concordance(estimates: ArrayLike<number>, references: ArrayLike<number>): number {
  const shift = mean(estimates) - mean(references);
  const spread = variance(estimates) + variance(references) + shift ** 2;
  return (2 * covariance(estimates, references)) / spread;
}

/** Pearson's correlation coefficient, in [-1, 1]. NaN when either is constant. */
export function pearson(estimates: ArrayLike<number>, references: ArrayLike<number>): number {
  return covariance(estimates, references) / Math.sqrt(variance(estimates) * variance(references));
}

function covariance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  assertPaired(x, y);
  const [centreX, centreY] = [mean(x), mean(y)];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] as number) - centreX) * ((y[i] as number) - centreY);
  return sum / x.length;
}

export function meanAbsoluteError(estimates: ArrayLike<number>, references: ArrayLike<number>): number {
  assertPaired(estimates, references);
  let sum = 0;
  for (let i = 0; i < estimates.length; i++) sum += Math.abs((estimates[i] as number) - (references[i] as number));
  return sum / estimates.length;
}

/** In the square of the values' unit; z-score both first where it is to be compared with the paper (METHOD, "Labels"). */
export function meanSquaredError(estimates: ArrayLike<number>, references: ArrayLike<number>): number {
  assertPaired(estimates, references);
  let sum = 0;
  for (let i = 0; i < estimates.length; i++) sum += ((estimates[i] as number) - (references[i] as number)) ** 2;
  return sum / estimates.length;
}
