import { concordance, meanAbsoluteError } from '#libs/agreement';
import { BASELINE_NAMES, type BaselineName, type BaselineRates } from '../baselines/rates.js';
import { SNR_LEVELS, type SnrLevel } from './noisy-copies.js';
import { rounded } from './rounded.js';

interface RateAgreement {
  ccc: number;
  /** Breaths per minute. */
  mae: number;
}

/** Of clean segments, and in noise where there is any. */
export type BaselineAgreement = RateAgreement & Partial<Record<`snr${SnrLevel}`, RateAgreement>>;

/** A segment, its reference per minute, and what the baselines said about it and its noisy copies. */
export interface BaselineObservation {
  rrPerMinute: number;
  baselines: BaselineRates;
  noisyBaselines?: Record<SnrLevel, BaselineRates>;
}

/** Agreement of every baseline that was run. */
export function baselineAgreement(segments: readonly BaselineObservation[]): Record<string, BaselineAgreement> {
  const references = segments.map(({ rrPerMinute }) => rrPerMinute);
  const agreementOf = (rates: number[]): RateAgreement => ({
    ccc: rounded(concordance(rates, references)),
    mae: rounded(meanAbsoluteError(rates, references)),
  });
  const levels = segments.every(({ noisyBaselines }) => noisyBaselines !== undefined) ? SNR_LEVELS : [];
  const entryOf = (name: BaselineName): BaselineAgreement => ({
    ...agreementOf(segments.map(({ baselines }) => baselines[name] as number)),
    ...Object.fromEntries(
      levels.map((level) => [
        `snr${level}`,
        agreementOf(segments.map(({ noisyBaselines }) => noisyBaselines?.[level][name] as number)),
      ]),
    ),
  });
  const run = BASELINE_NAMES.filter((name) => segments.every(({ baselines }) => baselines[name] !== undefined));
  return Object.fromEntries(run.map((name) => [name, entryOf(name)]));
}
