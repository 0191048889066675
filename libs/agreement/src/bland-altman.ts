import { groupBy } from './group-by.js';
import { assertPaired, mean, variance } from './statistics.js';

export interface LimitsOfAgreement {
  /** Mean of estimate - reference. */
  bias: number;
  /** Standard deviation of a single difference, between people and within one. */
  deviation: number;
  /** bias - 1.96 deviation. */
  lower: number;
  /** bias + 1.96 deviation. */
  upper: number;
}

/**
 * Bland-Altman limits, corrected for repeated measures per group where the true value varies (Bland and Altman,
 * J Biopharm Stat 17, 2007, section 3): one-way analysis of variance of the differences, total variance = between +
 * within. With one measure per group it is the ordinary unbiased standard deviation.
 * @param groups the person of each pair
 */
export function blandAltman(
  estimates: ArrayLike<number>,
  references: ArrayLike<number>,
  groups: readonly string[],
): LimitsOfAgreement {
  assertPaired(estimates, references);
  assertPaired(estimates, groups);
  const differences = Array.from(
    { length: estimates.length },
    (_, i) => (estimates[i] as number) - (references[i] as number),
  );
  const people = [...groupBy(differences.keys(), (i) => groups[i]).values()].map((indices) =>
    indices.map((i) => differences[i] as number),
  );
  const bias = mean(differences);
  const deviation = Math.sqrt(totalVariance(people, differences.length, bias));
  return { bias, deviation, lower: bias - 1.96 * deviation, upper: bias + 1.96 * deviation };
}

function totalVariance(people: number[][], total: number, bias: number): number {
  const withinFreedom = total - people.length;
  const betweenFreedom = people.length - 1;
  const withinSquares = people.reduce((sum, values) => sum + values.length * variance(values), 0);
  if (betweenFreedom === 0) return withinSquares / withinFreedom;
  const betweenSquares = people.reduce((sum, values) => sum + values.length * (mean(values) - bias) ** 2, 0);
  const betweenMean = betweenSquares / betweenFreedom;
  if (withinFreedom === 0) return betweenMean;
  const withinMean = withinSquares / withinFreedom;
  const squaredSizes = people.reduce((sum, { length }) => sum + length ** 2, 0);
  const typicalSize = (total - squaredSizes / total) / betweenFreedom;
  return Math.max(0, (betweenMean - withinMean) / typicalSize) + withinMean;
}
