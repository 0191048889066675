import { f1, mean, quantile } from '#libs/agreement';
import { type Prediction, type Thresholds, qualityOf } from '#libs/breath-model';
import { z } from 'zod';
import type { Recipe } from '../recipe/schema.js';
import { groupAgreementSchema } from './breakdown.js';
import { failureSchema } from './failures.js';
import { mapConditions } from './conditions.js';
import type { Observations } from './observe.js';
import { falseAccepts } from './summarise.js';

/** Where errors are as large as a standard deviation says: this share of normal errors lies within one. */
const WITHIN_ONE_DEVIATION = 0.6827;
const NOISE_THRESHOLD = 0.5;
const NONE_CANDIDATES = [0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 1];
const NOISE_CANDIDATES = Array.from({ length: 19 }, (_, at) => (at + 1) / 20);

/** What out-of-fold observations settle and the network does not learn. */
export const calibrationSchema = z.strictObject({
  /** Factor on the bins' spread that makes it a standard deviation. */
  deviationScale: z.number().positive(),
  thresholds: z.strictObject({
    pNone: z.number(),
    pNoise: z.number(),
    relativeStdDev: z.number(),
    lowestRate: z.number(),
    highestRate: z.number(),
  }),
  /** `trainer crossvalidate`'s summary with these. */
  metrics: z.record(z.string(), z.unknown()),
  /** How many seeds `metrics` is the mean of. */
  seeds: z.int().min(1).optional(),
  /** Clean segments by rate, sex and age. */
  groups: z.array(groupAgreementSchema).optional(),
  /** The recordings that were misread most. */
  failures: z.array(failureSchema).optional(),
  /** 95 % intervals of the CCC by person, for clean segments and each SNR. */
  cccIntervals: z.record(z.string(), z.strictObject({ lower: z.number(), upper: z.number() })).optional(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** For a model without out-of-fold observations: nothing is claimed about what it accepts. */
export function provisionalCalibration(recipe: Recipe): Calibration {
  const thresholds = { pNone: 0.5, pNoise: NOISE_THRESHOLD, relativeStdDev: 0.3, ...rateRange(recipe) };
  return { deviationScale: 1, thresholds, metrics: {} };
}

function rateRange({ network, evaluation }: Recipe): Pick<Thresholds, 'lowestRate' | 'highestRate'> {
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    lowestRate: round(network.rates.lowest * evaluation.rangeMargin),
    highestRate: round(network.rates.highest / evaluation.rangeMargin),
  };
}

/** The scale with which 68 % of the clean segments' errors lie within one standard deviation. */
export function deviationScaleOf({ segments }: Observations): number {
  const ratios = segments.map(({ rrPerMinute, clean }) => Math.abs(clean.rrPerMinute - rrPerMinute) / clean.rrStdDev);
  return Math.round(quantile(ratios, WITHIN_ONE_DEVIATION) * 1000) / 1000;
}

/**
 * Among the thresholds that accept the recipe's share of clean segments, those that accept the smallest share of the
 * breath-free class that fares worst.
 * @param observations with the deviation scale applied
 */
export function thresholdsOf(observations: Observations, recipe: Recipe): Thresholds {
  const clean = observations.segments.map((segment) => segment.clean);
  const fixed = { pNoise: noiseThresholdOf(observations), ...rateRange(recipe) };
  let best: { thresholds: Thresholds; wrong: number } | undefined;
  for (const candidate of NONE_CANDIDATES) {
    const pNone = Math.max(0.05, roundUp(quantile(clean.map((prediction) => prediction.pNone), candidate))); // prettier-ignore
    const open = { pNone, relativeStdDev: Number.MAX_VALUE, ...fixed };
    const accepted = clean.filter((prediction) => qualityOf(prediction, open) === 'ok');
    const wanted = (recipe.evaluation.acceptedShare * clean.length) / accepted.length;
    if (wanted > 1) continue;
    const spread = accepted.map(({ rrStdDev, rrPerMinute }) => rrStdDev / rrPerMinute);
    const thresholds = { ...open, relativeStdDev: roundUp(quantile(spread, wanted)) };
    const shares = Object.values(falseAccepts(observations, thresholds));
    const wrong = Math.max(0, ...shares) + mean([0, ...shares]);
    if (best === undefined || wrong < best.wrong) best = { thresholds, wrong };
  }
  return best?.thresholds ?? provisionalCalibration(recipe).thresholds;
}

/** The probability from which on "noise" is right most often, by the F1 of segments without and with noise. */
function noiseThresholdOf({ segments }: Observations): number {
  const judged = segments.flatMap(({ clean, judged }) => (judged ? [clean.pNoise, judged.pNoise] : []));
  const actual = judged.map((_, at) => at % 2 === 1);
  let best = { threshold: NOISE_THRESHOLD, score: 0 };
  for (const threshold of NOISE_CANDIDATES) {
    const score = f1(judged.map((p) => p >= threshold), actual, true); // prettier-ignore
    if (score > best.score) best = { threshold, score };
  }
  return best.threshold;
}

const roundUp = (value: number): number => Math.min(1, Math.ceil(value * 1000) / 1000);

/** The same observations of a network whose spread is multiplied by a factor. */
export function scaleDeviations(observations: Observations, scale: number): Observations {
  const scaled = (prediction: Prediction): Prediction => ({ ...prediction, rrStdDev: prediction.rrStdDev * scale });
  const levels = <Noisy extends object>(noisy: Noisy): Noisy =>
    Object.fromEntries(
      Object.entries(noisy).map(([level, prediction]) => [level, scaled(prediction as Prediction)]),
    ) as Noisy;
  const both = <Observed extends { clean: Prediction; noisy?: object }>(observed: Observed): Observed => ({
    ...observed,
    clean: scaled(observed.clean),
    ...(observed.noisy ? { noisy: levels(observed.noisy) } : {}),
  });
  const clips = (free: Observations['free']) => free.map((clip) => ({ ...clip, prediction: scaled(clip.prediction) }));
  return {
    segments: observations.segments.map((segment) => ({
      ...both(segment),
      ...(segment.judged ? { judged: scaled(segment.judged) } : {}),
    })),
    free: clips(observations.free),
    synthetic: clips(observations.synthetic),
    recordings: observations.recordings.map((recording) => ({ ...recording, windows: recording.windows.map(both) })),
    conditions: mapConditions(observations.conditions, scaled),
  };
}
