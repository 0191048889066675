import { expect, it } from 'vitest';
import { madeUpCampaign, madeUpResult, madeUpSet } from '../../testing/made-up-campaign.js';
import { RATE_BANDS } from '../experiments.js';
import { errorsOf, scoresOf } from './measures.js';

const { results } = madeUpCampaign();
const lstm = results.filter(({ recipe }) => recipe === 'paper-lstm-32');

/** Labels 10, 20, 30, 40 (twice). Seed 1 says 12, 20, 30, 38; seed 2 says 20, 30, 40, 50. Deviation 10. */
it('scores equal those computed by hand', () => {
  const scores = scoresOf(lstm, 'evaluation');
  expect(scores).toMatchObject({ segments: 8, people: 2 });
  const [first, second] = [220 / (125 + 97), 250 / (250 + 100)];
  expect(scores.ccc?.highest).toBeCloseTo(first, 12);
  expect(scores.ccc?.lowest).toBeCloseTo(second, 12);
  expect(scores.ccc?.mean).toBeCloseTo((first + second) / 2, 12);
  expect(scores.rho?.lowest).toBeCloseTo(110 / Math.sqrt(125 * 97), 12);
  expect(scores.mse?.lowest).toBeCloseTo((4 + 4) / 4 / 100, 12);
  expect(scores.mse?.highest).toBeCloseTo(1, 12);
  expect(scores.mae).toEqual({ mean: 5.5, lowest: 1, highest: 10 });
  // normal, normal, normal, heavy: seed 2 calls the third heavy, and nobody breathes not at all
  expect(scores.f1Breath?.highest).toBe(100);
  expect(scores.f1Breath?.lowest).toBeCloseTo((100 * (4 / 5 + 2 / 3)) / 2, 12);
  expect(scores.f1Noise).toEqual({ mean: 100, lowest: 100, highest: 100 });
});

it('errors by range belong to the labelled rate', () => {
  const byBand = RATE_BANDS.map(({ holds }) => errorsOf(lstm, 'evaluation', ({ rrPerMinute }) => holds(rrPerMinute)));
  expect(byBand.map(({ segments }) => segments)).toEqual([2, 2, 4]);
  expect(byBand.map(({ mse }) => mse?.lowest)).toEqual([0.04, 0, 0.02]);
  expect(RATE_BANDS.map(({ holds }) => [14.9, 15, 25, 25.1].filter(holds))).toEqual([[14.9], [15, 25], [25.1]]);
});

it('two people who err alike give an interval without width, and one person gives none', () => {
  const { cccInterval, ccc } = scoresOf(lstm, 'evaluation');
  expect(cccInterval?.lower).toBeCloseTo(ccc?.mean as number, 12);
  expect(cccInterval?.upper).toBeCloseTo(ccc?.mean as number, 12);
  expect(scoresOf(lstm, 'validation').cccInterval).toBeUndefined();
});

it('people who err differently give an interval that reaches both, and always the same', () => {
  const set = madeUpSet();
  const result = madeUpResult(set, 'paper-lstm-32', 1, () => 0);
  result.evaluation.forEach((segment) => {
    if (segment.subjectId === 'dan') segment.predictedRrPerMinute += 10;
  });
  const { cccInterval } = scoresOf([result], 'evaluation');
  expect(cccInterval?.lower).toBeCloseTo(250 / 350, 12);
  expect(cccInterval?.upper).toBeCloseTo(1, 12);
  expect(scoresOf([result], 'evaluation').cccInterval).toEqual(cccInterval);
});

it('without noisy segments there is no F1 of noise, whatever the network says', () => {
  const set = madeUpSet();
  const quiet = { ...set, segments: set.segments.map((segment) => ({ ...segment, noisy: false })) };
  const result = madeUpResult(quiet, 'paper-lstm-32', 1, () => 0);
  result.evaluation.forEach((segment) => (segment.predictedNoisy = true));
  expect(scoresOf([result], 'evaluation').f1Noise).toBeUndefined();
});

it('a recipe that was not trained has no scores', () => {
  expect(scoresOf([], 'evaluation')).toMatchObject({ segments: 0, ccc: undefined, mse: undefined });
});
