import { describe, expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import type { RateTable } from '../evaluation/rate-table.js';
import { parseRecipe } from '../recipe/load-recipe.js';
import { tinyRecipe } from '../testing/tiny.js';
import { tunedRecipe } from './best-recipe.js';
import { parseRanges } from './ranges.js';
import { meanCcc, meanCccDifference, meanCccInterval } from './score.js';
import { type Trial, planTrials, ranked } from './trials.js';

const recipe = tinyRecipe();
const rangesOf = (text: string) => parseRanges(text, 'ranges.yaml', recipe);
const RANGES = `optimiser.learningRate: { between: [0.001, 0.1], scale: log }
loss.phase: { between: [0, 0.6] }
network.lstmUnits: { between: [2, 8] }
draws.seconds: { oneOf: [[4, 5], [5, 7]] }
`;

describe('ranges', () => {
  it('are drawn within their bounds, whole where the recipe takes whole numbers alone', () => {
    const trials = planTrials(recipe, rangesOf(RANGES), 400, 1).slice(1);
    const drawn = (path: string) => trials.map(({ values }) => values[path] as number);
    const rates = drawn('optimiser.learningRate');
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.001);
    expect(Math.max(...rates)).toBeLessThanOrEqual(0.1);
    const low = rates.filter((rate) => rate < 0.01).length / rates.length;
    expect(low).toBeGreaterThan(0.4); // half of them on a log scale, a tenth on a linear one
    expect(low).toBeLessThan(0.6);
    expect(drawn('loss.phase').some((value) => !Number.isInteger(value))).toBe(true);
    expect(new Set(drawn('network.lstmUnits'))).toEqual(new Set([2, 3, 4, 5, 6, 7, 8]));
    expect(new Set(trials.map(({ recipe: { draws } }) => draws.seconds.join()))).toEqual(new Set(['4,5', '5,7']));
  });

  it.each([
    ['an unknown key', 'optimiser.magic: { between: [0, 1] }', /ranges\.yaml:2: optimiser\.magic: .*magic/],
    [
      'a path through a value',
      'optimiser.steps.x: { between: [1, 2] }',
      /ranges\.yaml:2: optimiser\.steps\.x: .*number/,
    ],
    ['an end that the recipe refuses', 'loss.phase: { between: [0, 1.5] }', /ranges\.yaml:2: loss\.phase: 1\.5: /],
    ['a choice that the recipe refuses', 'loss.phase: { oneOf: [0, "much"] }', /ranges\.yaml:2: loss\.phase: "much": /],
    [
      'what is measured with',
      'evaluation.folds: { oneOf: [2, 3] }',
      /ranges\.yaml:2: evaluation\.folds: a search changes/,
    ],
    ['bounds the wrong way round', 'loss.phase: { between: [1, 0] }', /ranges\.yaml:2: .*the first must be below/],
    ['a log scale from 0', 'loss.phase: { between: [0, 1], scale: log }', /ranges\.yaml:2: .*begins above 0/],
    ['something else', 'loss.phase: 3', /ranges\.yaml:2: loss\.phase: expected \{between/],
  ])('refuse %s with file and line', (_, line, message) => {
    // prettier-ignore
    expect(() => rangesOf(`loss.bins: { between: [0.1, 0.5] }\n${line}\n`)).toThrow(message);
  });

  it('of nothing are refused', () => {
    expect(() => rangesOf('# none\n')).toThrow('ranges.yaml:1: no ranges');
  });
});

describe('trials', () => {
  it('begin with the recipe itself, and a larger budget begins with those of a smaller one', () => {
    const ranges = rangesOf(RANGES);
    const few = planTrials(recipe, ranges, 3, 1);
    expect(few[0]).toEqual({ trial: 0, values: {}, recipe });
    expect(planTrials(recipe, ranges, 6, 1).slice(0, 3)).toEqual(few);
    expect(planTrials(recipe, ranges, 3, 2)[1]?.values).not.toEqual(few[1]?.values);
  });

  it('are never the same twice', () => {
    const drawn = planTrials(recipe, rangesOf(`loss.phase: { oneOf: [0.1, ${recipe.loss.phase}] }`), 20, 1);
    expect(drawn.map(({ recipe: { loss } }) => loss.phase)).toEqual([recipe.loss.phase, 0.1]);
  });

  it('are ranked by mean CCC, without those that diverged', () => {
    const interval = { lower: 0, upper: 1 };
    const trialOf = (trial: number, meanCcc?: number): Trial => ({
      key: String(trial),
      trial,
      values: {},
      ...(meanCcc === undefined ? {} : { measured: { meanCcc, interval, columns: {} } }),
    });
    const order = ranked([trialOf(0, 0.5), trialOf(1), trialOf(2, 0.7), trialOf(3, 0.5)]);
    expect(order.map(({ trial }) => trial)).toEqual([2, 0, 3]);
  });

  it('give a recipe that stands alone, trained as the recipe says', () => {
    const text = tunedRecipe(recipe, { 'loss.phase': 0.45, 'draws.seconds': [5, 7] }, ['From a search.']);
    expect(text).toMatch(/^# From a search\./);
    const { steps } = recipe.optimiser;
    expect(parseRecipe(text, 'best.yaml')).toMatchObject({ name: 'default-tuned', loss: { phase: 0.45 }, draws: { seconds: [5, 7] }, optimiser: { steps } }); // prettier-ignore
  });
});

describe('the mean CCC', () => {
  const segments = Array.from({ length: 16 }, (_, at) => ({
    segmentId: `s${at}`,
    subjectId: `p${at % 8}`,
    rrPerMinute: 10 + at,
  }));
  const tableOf = (clean: number, noisy: number): RateTable => {
    const ratesOff = (by: number) => [segments.map(({ rrPerMinute }, at) => rrPerMinute + (at % 2 ? by : -by))];
    return { name: '', segments, columns: { clean: ratesOff(clean), snr10: ratesOff(noisy) } };
  };

  it('is 1 where all is right, and weighs every condition alike', () => {
    expect(meanCcc(tableOf(0, 0))).toBe(1);
    expect(meanCcc(tableOf(0, 3))).toBeCloseTo(meanCcc(tableOf(3, 0)), 12);
    expect(meanCcc(tableOf(0, 3))).toBeLessThan(1);
  });

  it('has an interval by person around it, and differences are paired', () => {
    const { lower, upper } = meanCccInterval(tableOf(2, 3), seededRandom(1));
    expect(lower).toBeLessThan(meanCcc(tableOf(2, 3)));
    expect(upper).toBeGreaterThan(meanCcc(tableOf(2, 3)));
    const better = meanCccDifference(tableOf(1, 1), tableOf(2, 3), seededRandom(1));
    expect(better.lower).toBeGreaterThan(0);
    expect(meanCccDifference(tableOf(2, 3), tableOf(2, 3), seededRandom(1))).toMatchObject({ lower: 0, upper: 0 });
  });
});
