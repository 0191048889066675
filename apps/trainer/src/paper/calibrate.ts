import { f1, mean } from '#libs/agreement';
import { type Thresholds, qualityOf } from '#libs/breath-model';
import { EupneaError } from '#libs/contracts';
import { type GroupAgreement, breakdown } from '../evaluation/breakdown.js';
import { chooseThresholds, noiseThresholdOf } from '../evaluation/choose-thresholds.js';
import type { FreeObservation } from '../evaluation/observe.js';
import { rounded } from '../evaluation/rounded.js';
import { type Agreement, agreement, falseAccepts } from '../evaluation/summarise.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { ReadSegment, Readings } from './readings.js';
import { scoresOf } from './report/measures.js';
import type { Participant, PeopleSplit, SegmentSet } from './segment-set.js';
import type { SegmentPrediction, TrainingResult } from './training-result.js';

/** Ours, as in recipes/default.yaml: the share of breathing windows whose rate shall be accepted. */
export const ACCEPTED_SHARE = 0.85;
/** Where no thresholds accept so many. */
const LOOSE = { pNone: 0.5, relativeStdDev: 1 };
const SHOWN_FAILURES = 4;

/** What the validation people settle and the network does not learn, and how it does on the evaluation people. */
export interface PaperCalibration {
  thresholds: Thresholds;
  metrics: {
    /** Every segment of the evaluation people; `accepted` of those with breath. */
    clean: Agreement;
    cccInterval?: { lower: number; upper: number } | undefined;
    breath: { f1: number };
    heavy25: { f1: number };
    noise?: { f1: number };
    falseAccept: Record<string, number>;
    /** Share of the validation people's segments with breath that the thresholds accept. */
    validation: { n: number; accepted: number };
  };
  groups: GroupAgreement[];
  /** The segments that were misread most, each of another recording. */
  failures: ReadSegment[];
}

/**
 * Before anything is trained: every part needs breath, to learn its rates from, to choose by, and to measure with.
 * @throws EupneaError DATA_INVALID naming the part
 */
export function assertPartsBreathe(set: SegmentSet, split: PeopleSplit): void {
  for (const part of ['train', 'validation', 'evaluation'] as const) {
    if (set.segments.some(({ subjectId, breaths }) => breaths > 0 && split[part].includes(subjectId))) continue;
    throw new EupneaError('DATA_INVALID', `${set.name}: the ${part} people have no segment with breath`, {
      hint: 'Split the people otherwise: npm run trainer -- prepare --split FOLDER, then train --split FILE.',
    });
  }
}

/**
 * The root mean square of what the network misreads the validation people's breathing by, per minute. It stands for the
 * standard deviation that the paper's networks do not have.
 */
export function residualDeviation(validation: readonly SegmentPrediction[]): number {
  const errors = validation
    .filter(({ breaths }) => breaths > 0)
    .map(({ predictedRrPerMinute, rrPerMinute }) => Math.max(0, predictedRrPerMinute) - rrPerMinute);
  return Math.round(Math.sqrt(mean(errors.map((error) => error ** 2))) * 1000) / 1000;
}

/** Lowest and highest rate of the training people's breathing: beyond, a network only extrapolates. */
export function trainedRange(set: SegmentSet, { train }: PeopleSplit): Pick<Thresholds, 'lowestRate' | 'highestRate'> {
  const heard = set.segments.filter(({ subjectId, breaths }) => breaths > 0 && train.includes(subjectId));
  const rates = heard.map(({ rrPerMinute }) => rrPerMinute);
  return { lowestRate: Math.floor(10 * Math.min(...rates)) / 10, highestRate: Math.ceil(10 * Math.max(...rates)) / 10 };
}

/** @param range outside of which no rate is accepted */
export function calibratePaper(
  readings: Readings,
  result: TrainingResult,
  recipe: PaperRecipe,
  range: Pick<Thresholds, 'lowestRate' | 'highestRate'>,
  participants: ReadonlyMap<string, Participant>,
): PaperCalibration {
  const { validation, evaluation, clips, synthetic } = readings;
  const pNoise = noiseThresholdOf(validation.map(({ clean }) => clean.pNoise), validation.map(({ noisy }) => noisy)); // prettier-ignore
  const fixed = { pNoise, ...range };
  const free = [...silent(validation), ...clips];
  const chosen = chooseThresholds(breathing(validation).map(({ clean }) => clean), {
    acceptedShare: ACCEPTED_SHARE,
    falseAccepts: (thresholds) => Object.values(falseAccepts({ free, synthetic: [] }, thresholds)),
    fixed,
  }); // prettier-ignore
  const thresholds = chosen ?? { ...LOOSE, ...fixed };
  const scores = scoresOf([result], 'evaluation');
  const options = { thresholds, rateDeviation: result.rates.deviation };
  const read = evaluation.map(({ clean }) => clean);
  const labels = evaluation.map(({ rrPerMinute }) => rrPerMinute);
  const heavy = recipe.labels.heavyEventThreshold;
  const noise = noiseScore(evaluation, pNoise);
  return {
    thresholds,
    metrics: {
      clean: { ...agreement(read, labels, options), accepted: acceptedOf(breathing(evaluation), thresholds) },
      cccInterval: scores.cccInterval,
      breath: { f1: rounded((scores.f1Breath?.mean ?? 0) / 100) },
      heavy25: { f1: rounded(f1(read.map(({ rrPerMinute }) => rrPerMinute > heavy), labels.map((rate) => rate > heavy), true)) }, // prettier-ignore
      ...(noise === undefined ? {} : { noise: { f1: noise } }),
      falseAccept: falseAccepts({ free: [...silent(evaluation), ...clips], synthetic }, thresholds),
      validation: { n: breathing(validation).length, accepted: acceptedOf(breathing(validation), thresholds) },
    },
    groups: breakdown(breathing(evaluation), participants),
    failures: worstOf(breathing(evaluation)),
  };
}

const breathing = (segments: readonly ReadSegment[]): ReadSegment[] => segments.filter(({ breaths }) => breaths > 0);

const silent = (segments: readonly ReadSegment[]): FreeObservation[] =>
  segments.filter(({ breaths }) => breaths === 0).map(({ clean }) => ({ noiseClass: 'no breath', prediction: clean }));

const acceptedOf = (segments: readonly ReadSegment[], thresholds: Thresholds): number =>
  rounded(mean(segments.map(({ clean }) => (qualityOf(clean, thresholds) === 'ok' ? 1 : 0))));

/** Undefined unless segments with noise and without occur. */
function noiseScore(segments: readonly ReadSegment[], threshold: number): number | undefined {
  const actual = segments.map(({ noisy }) => noisy);
  if (new Set(actual).size < 2) return undefined;
  return rounded(f1(segments.map(({ clean }) => clean.pNoise >= threshold), actual, true)); // prettier-ignore
}

function worstOf(segments: readonly ReadSegment[]): ReadSegment[] {
  const errorOf = ({ rrPerMinute, clean }: ReadSegment): number => Math.abs(clean.rrPerMinute - rrPerMinute);
  const sorted = [...segments].sort((a, b) => errorOf(b) - errorOf(a));
  const worst = new Map<string, ReadSegment>();
  for (const segment of sorted) if (!worst.has(segment.recordingId)) worst.set(segment.recordingId, segment);
  return [...worst.values()].slice(0, SHOWN_FAILURES);
}
