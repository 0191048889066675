import { quantile } from '#libs/agreement';
import type { Prediction, Thresholds } from '#libs/breath-model';
import { z } from 'zod';
import type { Recipe } from '../recipe/schema.js';
import { groupAgreementSchema } from './breakdown.js';
import { NOISE_THRESHOLD, chooseThresholds, noiseThresholdOf } from './choose-thresholds.js';
import { failureSchema } from './failures.js';
import { mapConditions } from './conditions.js';
import type { Observations } from './observe.js';
import { falseAccepts } from './summarise.js';

/** Where errors are as large as a standard deviation says: this share of normal errors lies within one. */
const WITHIN_ONE_DEVIATION = 0.6827;

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
 * `chooseThresholds` with the recipe's share of clean segments.
 * @param observations with the deviation scale applied
 */
export function thresholdsOf(observations: Observations, recipe: Recipe): Thresholds {
  const judged = observations.segments.flatMap(({ clean, judged: noisy }) =>
    noisy ? [clean.pNoise, noisy.pNoise] : [],
  );
  const chosen = chooseThresholds(observations.segments.map(({ clean }) => clean), {
    acceptedShare: recipe.evaluation.acceptedShare,
    falseAccepts: (thresholds) => Object.values(falseAccepts(observations, thresholds)),
    fixed: { pNoise: noiseThresholdOf(judged, judged.map((_, at) => at % 2 === 1)), ...rateRange(recipe) },
  }); // prettier-ignore
  return chosen ?? provisionalCalibration(recipe).thresholds;
}

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
