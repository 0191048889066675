import { type PairedDifference, bootstrapByGroup, concordance, mean, pairedBootstrapByGroup } from '#libs/agreement';
import type { Random } from '../draws/random.js';
import type { RateTable } from '../evaluation/rate-table.js';

/**
 * What a search maximises: the mean of the CCC over all conditions, clean and at every SNR.
 * @param indices the segments that count, repeated as drawn
 */
export function meanCcc({ segments, columns }: RateTable, indices: readonly number[] = [...segments.keys()]): number {
  const references = indices.map((at) => segments[at]?.rrPerMinute as number);
  const rates = Object.values(columns).flat();
  return mean(rates.map((list) => concordance(indices.map((at) => list[at] as number), references))); // prettier-ignore
}

/** 95 % interval of the mean CCC, drawing whole people. */
export function meanCccInterval(table: RateTable, random: Random): { lower: number; upper: number } {
  return bootstrapByGroup(peopleOf(table), (indices) => meanCcc(table, indices), random);
}

/**
 * Difference of two mean CCCs with its 95 % interval, drawing the same people for both.
 * @param a about the same segments, in the same order, as `b`
 */
export function meanCccDifference(a: RateTable, b: RateTable, random: Random): PairedDifference {
  return pairedBootstrapByGroup(peopleOf(a), (indices) => [meanCcc(a, indices), meanCcc(b, indices)], random);
}

const peopleOf = ({ segments }: RateTable): string[] => segments.map(({ subjectId }) => subjectId);
