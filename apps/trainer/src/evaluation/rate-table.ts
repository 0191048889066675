import type { BaselineName } from '../baselines/rates.js';
import type { BaselineSegment } from './observe-baselines.js';
import { SNR_LEVELS, type SnrLevel } from './noisy-copies.js';
import type { SegmentObservation } from './observe.js';

/** The columns of agreement, in the order in which they are shown. */
export const CONDITIONS = ['clean', ...SNR_LEVELS.map((level) => `snr${level}` as const)] as const;
export type Condition = (typeof CONDITIONS)[number];

export interface RatedSegment {
  segmentId: string;
  subjectId: string;
  /** The reference, per minute. */
  rrPerMinute: number;
}

/** What somebody said about segments: one list of rates per training seed, each in the order of the segments. */
export interface RateTable {
  name: string;
  segments: RatedSegment[];
  columns: Partial<Record<Condition, number[][]>>;
}

/** Of a network that was just run. */
export function networkTable(name: string, observed: readonly SegmentObservation[]): RateTable {
  const cleanRate = ({ clean }: SegmentObservation) => clean.rrPerMinute;
  return tableOf(name, observed, cleanRate, ({ noisy }, level) => noisy?.[level].rrPerMinute);
}

/** Of a baseline that was just run. */
export function baselineTableOf(name: string, baseline: BaselineName, observed: readonly BaselineSegment[]): RateTable {
  const cleanRate = ({ baselines }: BaselineSegment) => baselines[baseline];
  return tableOf(name, observed, cleanRate, ({ noisyBaselines }, level) => noisyBaselines?.[level][baseline]);
}

function tableOf<Observed extends RatedSegment>(
  name: string,
  observed: readonly Observed[],
  cleanRate: (segment: Observed) => number | undefined,
  noisyRate: (segment: Observed, level: SnrLevel) => number | undefined,
): RateTable {
  const columns: RateTable['columns'] = {};
  const add = (condition: Condition, rates: (number | undefined)[]): void => {
    if (rates.every((rate) => rate !== undefined)) columns[condition] = [rates];
  };
  add('clean', observed.map(cleanRate));
  for (const level of SNR_LEVELS) {
    const rates = observed.map((segment) => noisyRate(segment, level));
    add(`snr${level}`, rates);
  }
  return { name, segments: [...observed], columns };
}
