import type { InferenceEngine, Prediction } from '#libs/breath-model';
import { DEFAULT_FRONT_END } from '#libs/features';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fitBaselines } from '../baselines/fit.js';
import { readBreathData } from '../data/breath-data.js';
import { readNoiseData } from '../data/noise-data.js';
import { syntheticNoise } from '../data/synthetic-noise.js';
import { seededRandom } from '../draws/random.js';
import { readSounds } from '../draws/sounds.js';
import { tinyRecipe, writeTinyData } from '../testing/tiny.js';
import { baselineAgreement } from './baseline-agreement.js';
import { deviationScaleOf, scaleDeviations, thresholdsOf } from './calibrate.js';
import { type Observations, noObservations, observe } from './observe.js';
import { observeBaselines } from './observe-baselines.js';
import { cccIntervals, meanOf, summarise } from './summarise.js';

const folder = writeTinyData();
afterAll(() => rmSync(folder, { recursive: true }));
const breath = readBreathData(join(folder, 'breath'));
const sounds = readSounds(breath, readNoiseData(join(folder, 'noise')), 0.15);

/** Says what it was told to about every window, in turn. */
function engineSaying(predictions: (index: number) => Partial<Prediction>): InferenceEngine {
  let count = 0;
  const base = { rrPerMinute: 20, rrStdDev: 2, pNone: 0, pNormal: 1, pHeavy: 0, pNoise: 0 };
  return {
    modelVersion: 'test@0',
    run: (windows) => Promise.resolve(windows.map(() => ({ ...base, ...predictions(count++) }))),
    close: () => Promise.resolve(),
  };
}
const thresholds = { pNone: 0.5, pNoise: 0.5, relativeStdDev: 0.25, lowestRate: 6, highestRate: 125 };
const options = { thresholds, rateDeviation: 10, heavyTrainingThreshold: 30, heavyEventThreshold: 25 };
const synthetic = syntheticNoise(2, 1);
const settings = { seed: 1, frontEnd: DEFAULT_FRONT_END, windowSeconds: 6, hopSeconds: 3 };

describe('an evaluation', () => {
  it('has every part of the JSON with noise, and those of clean sound without', async () => {
    const noisy = summarise(
      await observe(
        engineSaying(() => ({})),
        sounds,
        breath.segments,
        { ...settings, synthetic },
      ),
      options,
    );
    const parts = [
      'clean',
      'snr20',
      'snr10',
      'snr5',
      'snr0',
      'breath3',
      'heavy25',
      'heavy30',
      'noise',
      'falseAccept',
      'recordings',
      'conditions',
      'baselines',
    ];
    expect(Object.keys(noisy)).toEqual(parts);
    expect(noisy.falseAccept).toMatchObject({ cough: 1, rain: 1, synthetic_music: 1, synthetic_silence: 1 });
    const quiet = await observe(
      engineSaying(() => ({})),
      { ...sounds, noise: [] },
      breath.segments,
      settings,
    );
    expect(Object.keys(summarise(quiet, options))).toEqual([
      'clean',
      'breath3',
      'heavy25',
      'heavy30',
      'falseAccept',
      'recordings',
      'conditions',
      'baselines',
    ]);
  });

  it('reports every baseline beside the network, on the same noisy copies', async () => {
    const fittedBaselines = fitBaselines(sounds, breath.segments, 1);
    const engine = engineSaying(() => ({}));
    const observations = await observe(engine, sounds, breath.segments, { ...settings, fittedBaselines });
    const { baselines } = summarise(observations, options);
    expect(Object.keys(baselines)).toEqual(['autocorrelation', 'spectralPeak', 'peakCounting', 'kernelRidge']);
    expect(Object.keys(baselines['kernelRidge'] ?? {})).toEqual(['ccc', 'mae', 'snr20', 'snr10', 'snr5', 'snr0']);
    const alone = observeBaselines(sounds, breath.segments, fittedBaselines, settings.seed);
    expect(baselineAgreement(alone)).toEqual(baselines);
    const unfitted = summarise(await observe(engine, { ...sounds, noise: [] }, breath.segments, settings), options);
    expect(Object.keys(unfitted.baselines)).toEqual(['autocorrelation', 'spectralPeak']);
    expect(Object.keys(unfitted.baselines['spectralPeak'] ?? {})).toEqual(['ccc', 'mae']);
  });

  it('of an engine that knows the rates is perfect in the figures, in both units', async () => {
    const rates = breath.segments.map(({ rrPerMinute }) => rrPerMinute);
    const calm = { ...sounds, noise: [] };
    const recordings = [...breath.recordings.values()].flatMap(({ medianRrPerMinute }) => [
      medianRrPerMinute,
      medianRrPerMinute,
      medianRrPerMinute,
    ]);
    const told = [...rates.map((rate) => rate + 2), ...recordings];
    const engine = engineSaying((i) => ({
      rrPerMinute: told[i] ?? 0,
      pNormal: (told[i] ?? 0) > 32 ? 0 : 1,
      pHeavy: (told[i] ?? 0) > 32 ? 1 : 0,
    }));
    const {
      clean,
      recordings: pooled,
      heavy30,
    } = summarise(await observe(engine, calm, breath.segments, settings), options);
    expect(clean).toMatchObject({ n: 12, r: 1, mae: 2, mse: 0.04, accepted: 1 });
    expect(clean.ccc).toBeLessThan(1);
    expect(pooled).toEqual({ n: 6, ccc: 1, mae: 0, within5: 1 });
    expect(heavy30.f1).toBe(1);
  });

  it('draws the same noise for a segment whatever else is evaluated', async () => {
    const heard: number[][] = [];
    const listening = (list: number[][]): InferenceEngine => ({
      ...engineSaying(() => ({})),
      run: (windows) => {
        list.push(windows.map(({ levels }) => levels[3] as number));
        return engineSaying(() => ({})).run(windows);
      },
    });
    await observe(listening(heard), sounds, breath.segments, settings);
    const alone: number[][] = [];
    await observe(listening(alone), sounds, breath.segments.slice(5, 6), settings);
    expect(alone[0]).toEqual(heard[5]);
    expect(new Set(alone[0]).size).toBe(6);
  });
});

describe('calibration', () => {
  const random = seededRandom(9);
  const prediction = (rate: number, deviation: number, pNone: number): Prediction => ({
    rrPerMinute: rate,
    rrStdDev: deviation,
    pNone,
    pNormal: 1 - pNone,
    pHeavy: 0,
    pNoise: 0,
  });
  const observations: Observations = {
    ...noObservations(),
    segments: Array.from({ length: 500 }, (_, i) => {
      const spread = 1 + random();
      const error = 3 * spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const baselines = { spectralPeak: 0, autocorrelation: 0 };
      const clean = prediction(30 + error, spread, 0.05 * random());
      return { segmentId: `s${i}`, recordingId: 'r', subjectId: 'p', rrPerMinute: 30, clean, baselines };
    }),
    free: Array.from({ length: 100 }, () => ({
      noiseClass: 'rain',
      prediction: prediction(40, 20 + 20 * random(), 0.5 + 0.5 * random()),
    })),
  };

  it('finds the factor between spread and error', () => {
    expect(deviationScaleOf(observations)).toBeGreaterThan(2.7);
    expect(deviationScaleOf(observations)).toBeLessThan(3.3);
    expect(deviationScaleOf(scaleDeviations(observations, 3))).toBeCloseTo(deviationScaleOf(observations) / 3, 2);
  });

  it('gives an interval by person that holds the figure and widens when people differ', () => {
    const people = observations.segments.map((segment, i) => ({
      ...segment,
      subjectId: `p${i % 10}`,
      rrPerMinute: 10 + 5 * (i % 7),
      clean: { ...segment.clean, rrPerMinute: 10 + 5 * (i % 7) + (i % 10) },
    }));
    const intervalOf = (segments: Observations['segments']) =>
      cccIntervals({ segments }, () => seededRandom(1))['clean'] as { lower: number; upper: number };
    const { lower, upper } = intervalOf(people);
    const { ccc } = summarise({ ...observations, segments: people }, { ...options, thresholds }).clean;
    expect(lower).toBeLessThan(ccc);
    expect(upper).toBeGreaterThan(ccc);
    const strangers = people.map((segment, i) => ({ ...segment, subjectId: `p${i}` }));
    const narrow = intervalOf(strangers);
    expect(upper - lower).toBeGreaterThan(narrow.upper - narrow.lower);
  });

  it('averages summaries figure by figure', () => {
    const summary = summarise(observations, { ...options, thresholds });
    const other = { ...summary, clean: { ...summary.clean, mae: summary.clean.mae + 1 }, falseAccept: { rain: 0.5 } };
    const averaged = meanOf([summary, other]);
    expect(averaged.clean.mae).toBeCloseTo(summary.clean.mae + 0.5, 4);
    expect(averaged.falseAccept).toEqual({ rain: 0.25 });
    expect(averaged.clean.n).toBe(500);
  });

  it("accepts the recipe's share of clean segments and refuses what is apart from them", () => {
    const recipe = tinyRecipe();
    recipe.evaluation.acceptedShare = 0.9;
    const found = thresholdsOf(observations, recipe);
    const { clean, falseAccept } = summarise(observations, { ...options, thresholds: found });
    expect(clean.accepted).toBeGreaterThanOrEqual(0.9);
    expect(clean.accepted).toBeLessThan(0.96);
    expect(falseAccept).toEqual({ rain: 0 });
    expect(found).toMatchObject({ lowestRate: 6, highestRate: 125 });
  });
});
