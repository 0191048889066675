import {
  bootstrapByGroup,
  concordance,
  f1,
  groupBy,
  macroF1,
  mean,
  meanAbsoluteError,
  meanSquaredError,
  median,
  pearson,
} from '#libs/agreement';
import { type Prediction, type Thresholds, qualityOf } from '#libs/breath-model';
import type { Random } from '../draws/random.js';
import { type BaselineAgreement, baselineAgreement } from './baseline-agreement.js';
import { CONDITION_NAMES, type Condition } from './conditions.js';
import { SNR_LEVELS } from './noisy-copies.js';
import type { Observations, SegmentObservation } from './observe.js';
import type { PacedAgreement } from './paced.js';
import { rounded } from './rounded.js';

export interface Agreement {
  n: number;
  ccc: number;
  r: number;
  /** Breaths per minute. */
  mae: number;
  /** In squares of the training rates' standard deviation (METHOD, "Labels"). */
  mse: number;
  /** Share that the confidence lets through; all of them count above. */
  accepted: number;
}

/** What `trainer evaluate --json` prints (DESIGN.md); what needs noise is absent without a noise folder. */
export interface Summary {
  clean: Agreement;
  snr20?: Agreement;
  snr10?: Agreement;
  snr5?: Agreement;
  snr0?: Agreement;
  breath3: { f1: number };
  heavy25: { f1: number };
  heavy30: { f1: number };
  noise?: { f1: number };
  falseAccept: Record<string, number>;
  recordings: { n: number; ccc: number; mae: number; within5: number };
  /** Clean segments as other devices would have recorded them. */
  conditions: Record<Condition, Agreement>;
  baselines: Record<string, BaselineAgreement>;
  /** With --paced alone. */
  paced?: PacedAgreement;
}

export interface SummaryOptions {
  thresholds: Thresholds;
  /** Standard deviation of the training rates, per minute. */
  rateDeviation: number;
  heavyTrainingThreshold: number;
  heavyEventThreshold: number;
}

const WITHIN_PER_MINUTE = 5;

export function summarise(observations: Observations, options: SummaryOptions): Summary {
  const { segments, free } = observations;
  const references = segments.map(({ rrPerMinute }) => rrPerMinute);
  const agreementOf = (predictions: Prediction[]) => agreement(predictions, references, options);
  const withNoise = free.length > 0 && segments.every(({ noisy }) => noisy !== undefined);
  const columns = (): Partial<Summary> =>
    Object.fromEntries(
      SNR_LEVELS.map((level) => [
        `snr${level}`,
        agreementOf(segments.map(({ noisy }) => noisy?.[level] as Prediction)),
      ]),
    );
  return {
    clean: agreementOf(segments.map(({ clean }) => clean)),
    ...(withNoise ? columns() : {}),
    ...classification(observations, options),
    ...(withNoise ? { noise: { f1: noiseScore(segments, options.thresholds) } } : {}),
    falseAccept: falseAccepts(observations, options.thresholds),
    recordings: recordingAgreement(observations),
    conditions: conditionAgreement(observations, options),
    baselines: baselineAgreement(segments),
  };
}

function conditionAgreement({ conditions }: Observations, options: SummaryOptions): Summary['conditions'] {
  const agreementIn = (name: Condition) => {
    const observed = conditions[name];
    const references = observed.map(({ rrPerMinute }) => rrPerMinute);
    return agreement(observed.map(({ prediction }) => prediction), references, options); // prettier-ignore
  };
  return Object.fromEntries(CONDITION_NAMES.map((name) => [name, agreementIn(name)])) as Summary['conditions'];
}

function agreement(predictions: Prediction[], references: number[], options: SummaryOptions): Agreement {
  const rates = predictions.map(({ rrPerMinute }) => rrPerMinute);
  return {
    n: rates.length,
    ccc: rounded(concordance(rates, references)),
    r: rounded(pearson(rates, references)),
    mae: rounded(meanAbsoluteError(rates, references)),
    mse: rounded(meanSquaredError(rates, references) / options.rateDeviation ** 2),
    accepted: rounded(shareAccepted(predictions, options.thresholds)),
  };
}

export type Interval = { lower: number; upper: number };

/**
 * 95 % intervals of the CCC, clean and at each SNR, drawing whole people: segments of one person err alike.
 * @param random begins anew for every column, so that all draw the same people
 */
export function cccIntervals(
  { segments }: Pick<Observations, 'segments'>,
  random: () => Random,
): Record<string, Interval> {
  const references = segments.map(({ rrPerMinute }) => rrPerMinute);
  const people = segments.map(({ subjectId }) => subjectId);
  const take = (values: number[], indices: readonly number[]) => indices.map((at) => values[at] as number);
  const intervalOf = (rates: number[]): Interval => {
    const { lower, upper } = bootstrapByGroup(
      people,
      (indices) => concordance(take(rates, indices), take(references, indices)),
      random(),
    );
    return { lower: rounded(lower), upper: rounded(upper) };
  };
  const columns = segments.every(({ noisy }) => noisy !== undefined) ? SNR_LEVELS : [];
  return {
    clean: intervalOf(segments.map(({ clean }) => clean.rrPerMinute)),
    ...Object.fromEntries(
      columns.map((level) => [
        `snr${level}`,
        intervalOf(segments.map(({ noisy }) => noisy?.[level].rrPerMinute as number)),
      ]),
    ),
  };
}

/** Figure by figure, the mean of summaries of the same data. */
export function meanOf(summaries: readonly Summary[]): Summary {
  const combine = (values: readonly unknown[]): unknown => {
    const [first] = values;
    if (typeof first === 'number') return rounded(mean(values as number[]));
    const keys = Object.keys(first as object);
    return Object.fromEntries(
      keys.map((key) => [key, combine(values.map((value) => (value as Record<string, unknown>)[key]))]),
    );
  };
  return combine(summaries) as Summary;
}

function shareAccepted(predictions: readonly Prediction[], thresholds: Thresholds): number {
  return mean(predictions.map((prediction) => (qualityOf(prediction, thresholds) === 'ok' ? 1 : 0)));
}

type BreathClass = 'none' | 'normal' | 'heavy';
const BREATH_CLASSES: readonly BreathClass[] = ['none', 'normal', 'heavy'];

function mostLikely({ pNone, pNormal, pHeavy }: Prediction): BreathClass {
  if (pNone >= pNormal && pNone >= pHeavy) return 'none';
  return pNormal >= pHeavy ? 'normal' : 'heavy';
}

function classification({ segments, free }: Observations, options: SummaryOptions) {
  const { heavyTrainingThreshold, heavyEventThreshold } = options;
  const isHeavy = segments.map(({ rrPerMinute }) => rrPerMinute > heavyTrainingThreshold);
  const actual = [
    ...isHeavy.map((heavy): BreathClass => (heavy ? 'heavy' : 'normal')),
    ...free.map((): BreathClass => 'none'),
  ];
  const predicted = [...segments.map(({ clean }) => clean), ...free.map(({ prediction }) => prediction)].map(
    mostLikely,
  );
  const isEvent = segments.map(({ rrPerMinute }) => rrPerMinute > heavyEventThreshold);
  const regressed = segments.map(({ clean }) => clean.rrPerMinute > heavyEventThreshold);
  const classed = segments.map(({ clean }) => mostLikely(clean) === 'heavy');
  return {
    breath3: { f1: rounded(macroF1(predicted, actual, free.length > 0 ? BREATH_CLASSES : ['normal', 'heavy'])) },
    heavy25: { f1: rounded(f1(regressed, isEvent, true)) },
    heavy30: { f1: rounded(f1(classed, isHeavy, true)) },
  };
}

function noiseScore(segments: readonly SegmentObservation[], thresholds: Thresholds): number {
  const judged = segments.flatMap(({ clean, judged }) => [clean, judged as Prediction]);
  const predicted = judged.map(({ pNoise }) => pNoise >= thresholds.pNoise);
  return rounded(f1(predicted, judged.map((_, at) => at % 2 === 1), true)); // prettier-ignore
}

export function falseAccepts({ free, synthetic }: Observations, thresholds: Thresholds): Record<string, number> {
  const classes = [...groupBy([...free, ...synthetic], ({ noiseClass }) => noiseClass)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return Object.fromEntries(
    classes.map(([name, clips]) => [
      name,
      rounded(shareAccepted(clips.map(({ prediction }) => prediction), thresholds)), // prettier-ignore
    ]),
  );
}

function recordingAgreement({ recordings }: Observations): Summary['recordings'] {
  const pooled = recordings.map(({ windows }) => median(windows.map(({ clean }) => clean.rrPerMinute)));
  const references = recordings.map(({ rrPerMinute }) => rrPerMinute);
  const near = pooled.filter((rate, at) => Math.abs(rate - (references[at] as number)) <= WITHIN_PER_MINUTE);
  return {
    n: pooled.length,
    ccc: rounded(concordance(pooled, references)),
    mae: rounded(meanAbsoluteError(pooled, references)),
    within5: rounded(near.length / pooled.length),
  };
}
