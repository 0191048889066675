import { groupBy } from './group-by.js';
import { quantile } from './statistics.js';

/**
 * Percentile bootstrap interval of a statistic, drawing whole groups (people, recordings) with replacement: windows of
 * one person are not independent.
 * @param groups the group of each observation
 * @param statistic of the observations with these indices (repeated as drawn)
 * @param random uniform numbers in [0, 1), seeded by the caller
 */
export function bootstrapByGroup(
  groups: readonly string[],
  statistic: (indices: readonly number[]) => number,
  random: () => number,
  { draws = 1000, level = 0.95 } = {},
): { lower: number; upper: number } {
  const members = [...groupBy(groups.keys(), (i) => groups[i]).values()];
  const values = Array.from({ length: draws }, () =>
    statistic(members.flatMap(() => members[Math.floor(random() * members.length)] as number[])),
  ).filter((value) => !Number.isNaN(value));
  return { lower: quantile(values, (1 - level) / 2), upper: quantile(values, (1 + level) / 2) };
}
