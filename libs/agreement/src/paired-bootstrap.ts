import { groupBy } from './group-by.js';
import { quantile } from './statistics.js';

export interface PairedDifference {
  /** First - second on all observations. */
  difference: number;
  /** Percentile interval of the difference. */
  lower: number;
  upper: number;
  /** Share of resamples in which the first is greater; equal ones count half. */
  firstGreater: number;
}

/**
 * Paired percentile bootstrap of the difference of two statistics (Efron and Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapters 8 and 13): every resample draws whole groups with replacement and computes both statistics
 * on the same draw, so that what makes a group easy or hard for both cancels out.
 * @param groups the group of each observation
 * @param statistics both, of the observations with these indices (repeated as drawn)
 * @param random uniform numbers in [0, 1), seeded by the caller
 */
export function pairedBootstrapByGroup(
  groups: readonly string[],
  statistics: (indices: readonly number[]) => readonly [first: number, second: number],
  random: () => number,
  { draws = 1000, level = 0.95 } = {},
): PairedDifference {
  const differenceOf = (indices: readonly number[]): number => {
    const [first, second] = statistics(indices);
    return first - second;
  };
  const members = [...groupBy(groups.keys(), (at) => groups[at]).values()];
  const drawn = Array.from({ length: draws }, () =>
    differenceOf(members.flatMap(() => members[Math.floor(random() * members.length)] as number[])),
  ).filter((difference) => !Number.isNaN(difference));
  const greater = drawn.filter((difference) => difference > 0).length;
  const equal = drawn.filter((difference) => difference === 0).length;
  return {
    difference: differenceOf([...groups.keys()]),
    lower: quantile(drawn, (1 - level) / 2),
    upper: quantile(drawn, (1 + level) / 2),
    firstGreater: (greater + equal / 2) / drawn.length,
  };
}
