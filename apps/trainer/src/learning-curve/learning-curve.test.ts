import { describe, expect, it } from 'vitest';
import type { TrainingItem } from '../draws/item.js';
import type { Sounds } from '../draws/sounds.js';
import { learningCurvePlot } from '../plots/learning-curve.js';
import { renderSvg } from '#libs/plots';
import { type CurvePoint, curveOf } from './curve.js';
import { nestedSubsets, soundsOfPeople, withShareOfBreath } from './people-subsets.js';
import { errorAt, fitPowerLaw, fits } from './power-law.js';
import { curveMarkdown } from './report.js';

describe('subsets of people', () => {
  const people = Array.from({ length: 12 }, (_, at) => `p${at}`);

  it('are nested, seeded, and independent of the order of people and sizes', () => {
    const subsets = nestedSubsets(people, [9, 3, 6], 1);
    expect(subsets.map(({ size }) => size)).toEqual([3, 6, 9]);
    for (const [at, smaller] of subsets.slice(0, -1).entries()) {
      for (const person of smaller) expect(subsets[at + 1]).toContain(person);
    }
    expect(nestedSubsets([...people, ...people].reverse(), [3, 6, 9], 1)).toEqual(subsets);
    expect(nestedSubsets(people, [3, 6, 9], 2)).not.toEqual(subsets);
  });

  it('larger than the people there are are refused', () => {
    expect(() => nestedSubsets(people, [3, 13], 1)).toThrow('--people 13: 12 are left beside those held out');
  });

  it('take their noise along, and nobody elses', () => {
    const recordings = ['a', 'b'].map((subjectId) => ({ subjectId }));
    const noise = [{ noiseId: 'rain' }, { noiseId: 'a', subjectId: 'a' }, { noiseId: 'b', subjectId: 'b' }];
    const some = soundsOfPeople({ recordings, noise } as unknown as Sounds, new Set(['a']));
    expect(some).toEqual({ recordings: recordings.slice(0, 1), noise: noise.slice(0, 2) });
  });

  it('train with the share of breath that all people give', () => {
    const items = (breath: number, free: number) =>
      Array.from({ length: breath + free }, (_, at) => ({ isBreath: at < breath }) as TrainingItem);
    const some = withShareOfBreath(items(20, 25), items(80, 20));
    expect(some.filter(({ isBreath }) => isBreath)).toHaveLength(20);
    expect(some).toHaveLength(25);
  });
});

describe('a power law', () => {
  const sizes = [10, 20, 30, 40];

  it('is found again in errors that follow it', () => {
    const law = fitPowerLaw(sizes.map((people) => ({ people, error: 9 * people ** -0.4 })));
    expect(law).toMatchObject({ factor: expect.closeTo(9, 6), exponent: expect.closeTo(0.4, 6), rSquared: expect.closeTo(1, 6) }); // prettier-ignore
    expect(law && fits(law) && errorAt(law, 80)).toBeCloseTo(9 * 80 ** -0.4, 6);
  });

  it('does not fit errors that rise or scatter, and is not sought in two', () => {
    const fitOf = (errors: number[]) =>
      fitPowerLaw(errors.map((error, at) => ({ people: sizes[at] as number, error })));
    for (const errors of [
      [2, 3, 4, 5],
      [3, 2, 3, 2],
      [3, 3, 3, 3],
    ]) {
      // prettier-ignore
      const law = fitOf(errors);
      expect(law && fits(law)).toBe(false);
    }
    expect(fitOf([3, 2])).toBeUndefined();
  });
});

/** Points of two seeds whose MAE lies by `apart` around these. */
function pointsOf(maeBySize: Record<number, number>, apart: number): CurvePoint[] {
  return [1, 2].flatMap((seed) =>
    Object.entries(maeBySize).map(([people, mae]) => {
      const figures = { ccc: 1 - mae / 10, mae: mae + (seed === 1 ? -apart / 2 : apart / 2) };
      const columns = { clean: figures, snr10: figures };
      const cccIntervals = { clean: { lower: 0.5, upper: 0.9 } };
      return { key: `${people} ${seed}`, people: Number(people), seed, columns, cccIntervals };
    }),
  );
}
const facts = { recipe: 'default', steps: 100, testPeople: 10, testSegments: 99 };
const textOf = (points: CurvePoint[]) => curveMarkdown(facts, curveOf(points), points);

describe('a learning curve', () => {
  it('is the mean and the range over seeds, from the smallest size to the largest', () => {
    const [first, last] = curveOf(pointsOf({ 10: 4, 5: 5 }, 1));
    expect([first?.people, last?.people, last?.seeds]).toEqual([5, 10, 2]);
    expect(last?.columns.clean?.mae).toEqual({ mean: 4, lowest: 3.5, highest: 4.5 });
  });

  it('says what more people would buy where a law fits and the last step exceeds chance', () => {
    const text = textOf(pointsOf({ 10: 4, 20: 4 / 2 ** 0.5, 40: 2 }, 0.2));
    expect(text).toContain('seeds of one size are up to 0.20 apart: more people still help.');
    expect(text).toMatch(/fits \(it explains 100 % .*\): with 80 people it gives 1\.41\. That is an extrapolation/);
    expect(text).toContain('| 40 | 0.800 | 2.00 (1.90 to 2.10) |');
    expect(text).toContain(
      'with 40 people trained on, the 95 % interval by person of the CCC is 0.500 to 0.900 (clean)',
    );
  });

  it('says so where the last step is chance and no law fits', () => {
    const text = textOf(pointsOf({ 10: 4, 20: 2, 30: 3, 40: 2.9 }, 0.5));
    expect(text).toContain('no change that can be told from chance');
    expect(text).toContain('so that nothing is extrapolated');
    expect(textOf(pointsOf({ 10: 3, 20: 2 }, 0.5))).toContain('No power law is fitted: it takes three sizes');
  });

  it('is drawn with both measures and both conditions', async () => {
    const svg = await renderSvg(learningCurvePlot('default', curveOf(pointsOf({ 10: 4, 20: 3 }, 1))));
    for (const label of ['people trained on', 'CCC', 'MAE (breaths/min)', 'clean', '10 dB']) {
      expect(svg).toContain(`>${label}</text>`);
    }
  });
});
