import { z } from 'zod';
import { durationWithin } from './duration.js';

/** Where a signal looks: the span that ends now. */
const span = durationWithin('10s', '6h').default(60_000);

/**
 * What a rule may look at. `rate`, `heavy-share`, `news2-score` need accepted windows and `probability` received ones
 * (see `minCoverage`); `coverage` and `received-share` always have a value, also in silence. Rates are breaths per
 * minute, shares and probabilities 0 to 1.
 */
export const signal = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rate'),
    /** The pooled rate, or an end of its 95 % interval. */
    bound: z.enum(['estimate', 'lower', 'upper']).default('estimate'),
    span,
  }),
  /** Share of the accepted windows above this rate. */
  z.strictObject({ kind: z.literal('heavy-share'), above: z.number().positive().default(25), span }),
  /** Mean probability of a class or of noise over all windows. */
  z.strictObject({ kind: z.literal('probability'), of: z.enum(['none', 'normal', 'heavy', 'noise']), span }),
  /** Share of the span that accepted windows cover. */
  z.strictObject({ kind: z.literal('coverage'), span }),
  /** Share of the span that windows cover at all. */
  z.strictObject({ kind: z.literal('received-share'), span }),
  /** NEWS2's respiratory sub-score, 0 to 3, where the rate's whole interval lies in one of its bands. */
  z.strictObject({ kind: z.literal('news2-score'), span }),
  /** Median rate at rest of the newest finished day. */
  z.strictObject({ kind: z.literal('resting-rate') }),
  z.strictObject({ kind: z.literal('resting-baseline') }),
  /** How far two days in a row lay above the baseline: the smaller rise, 0 where it is within 2 standard errors. */
  z.strictObject({ kind: z.literal('resting-rise') }),
  /** Fall of the rate in the minute after exertion (dRR60), for ten minutes after it is known. */
  z.strictObject({ kind: z.literal('recovery') }),
  /** Trend of the daily resting rate, per minute and day. */
  z.strictObject({ kind: z.literal('slope'), days: z.int().min(5).max(28).default(14) }),
]);

export type Signal = z.infer<typeof signal>;

export function describeSignal(of: Signal): string {
  switch (of.kind) {
    case 'rate':
      return of.bound === 'estimate' ? 'rate' : `rate.${of.bound}`;
    case 'probability':
      return `probability.${of.of}`;
    default:
      return of.kind;
  }
}

/** Signals that mean something although nothing comes. */
export const isNeverAbsent = (kind: Signal['kind']): boolean => kind === 'coverage' || kind === 'received-share';
