import { concordance, groupBy, mean, meanAbsoluteError } from '#libs/agreement';
import { z } from 'zod';
import type { SegmentObservation } from '../evaluation/observe.js';
import { type Condition, networkTable } from '../evaluation/rate-table.js';
import { rounded } from '../evaluation/rounded.js';

const figuresSchema = z.strictObject({ ccc: z.number(), mae: z.number() });
const intervalSchema = z.strictObject({ lower: z.number(), upper: z.number() });

/** One training of a learning curve, measured on the people held out. */
export const pointSchema = z.strictObject({
  /** Of all that decides about the figures. */
  key: z.string(),
  people: z.int().positive(),
  seed: z.int(),
  /** By condition: clean, snr10 and so on; MAE per minute. */
  columns: z.record(z.string(), figuresSchema),
  /** 95 % intervals of the CCC over the people held out. */
  cccIntervals: z.record(z.string(), intervalSchema),
});
export type CurvePoint = z.infer<typeof pointSchema>;

/** What the curve is drawn of. */
export const SHOWN: readonly Condition[] = ['clean', 'snr10'];
export const NAMES: Partial<Record<Condition, string>> = { clean: 'clean', snr10: '10 dB' };

export const MEASURES = ['ccc', 'mae'] as const;
export type Measure = (typeof MEASURES)[number];

export interface Spread {
  mean: number;
  lowest: number;
  highest: number;
}

/** One size of a curve: figures over its seeds. */
export interface CurveStep {
  people: number;
  seeds: number;
  columns: Partial<Record<Condition, Record<Measure, Spread>>>;
}

/** CCC and MAE in every condition that was observed. */
export function figuresOf(observed: readonly SegmentObservation[]): CurvePoint['columns'] {
  const { segments, columns } = networkTable('', observed);
  const references = segments.map(({ rrPerMinute }) => rrPerMinute);
  return Object.fromEntries(
    Object.entries(columns).map(([condition, [rates]]) => {
      const both = [rates as number[], references] as const;
      return [condition, { ccc: rounded(concordance(...both)), mae: rounded(meanAbsoluteError(...both)) }];
    }),
  );
}

/** Mean and range over the seeds of each size, from the smallest to the largest. */
export function curveOf(points: readonly CurvePoint[]): CurveStep[] {
  return [...groupBy(points, ({ people }) => people)]
    .sort(([a], [b]) => a - b)
    .map(([people, seeds]) => {
      const spreadOf = (condition: Condition, measure: Measure): Spread => {
        const values = seeds.map(({ columns }) => columns[condition]?.[measure] as number);
        return { mean: rounded(mean(values)), lowest: Math.min(...values), highest: Math.max(...values) };
      };
      const shown = SHOWN.filter((condition) => seeds.every(({ columns }) => columns[condition]));
      const columns = Object.fromEntries(
        shown.map((condition) => [condition, { ccc: spreadOf(condition, 'ccc'), mae: spreadOf(condition, 'mae') }]),
      );
      return { people, seeds: seeds.length, columns };
    });
}
