import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBreathData } from '../data/breath-data.js';
import { readNoiseData } from '../data/noise-data.js';
import { assemble } from '../draws/batch.js';
import { ItemMaker } from '../draws/item.js';
import { seededRandom } from '../draws/random.js';
import { readSounds } from '../draws/sounds.js';
import { createObjective } from '../network/objective.js';
import { type Parameters, initialParameters } from '../network/parameters.js';
import { loadTensorFlow } from '#libs/tensorflow';
import { randomParameters, tinyRecipe, writeTinyData } from '../testing/tiny.js';
import { keyOf, loadWeights, saveWeights } from './checkpoint.js';
import { Optimiser, clipGradients, learningRateAt } from './optimiser.js';
import { assertFinite, classWeights, train } from './train.js';

const folder = writeTinyData();
const scratch = mkdtempSync(join(tmpdir(), 'eupnea-training-'));
afterAll(() => [folder, scratch].forEach((path) => rmSync(path, { recursive: true })));
const recipe = tinyRecipe();
recipe.network.firstStride = 8; // few steps of the LSTM, since plain JavaScript takes them
recipe.optimiser.batch = 4;
recipe.draws.seconds = [4, 4.5];
const maker = new ItemMaker(
  readSounds(readBreathData(join(folder, 'breath')), readNoiseData(join(folder, 'noise')), 0.15),
  recipe,
  1,
);
const items = Array.from({ length: 40 }, (_, at) => maker.make(at));
const batchOf = () => assemble(items.slice(0, recipe.optimiser.batch), recipe.network.firstStride);

describe('a step of training', () => {
  it('has the gradient that the loss shows numerically, behind every head', async () => {
    const tf = await loadTensorFlow('portable');
    const objective = createObjective(tf, recipe, [1, 1, 1]);
    const batch = batchOf();
    const parameters = randomParameters(recipe, 5);
    const { gradients } = objective(batch, parameters);
    const names = ['lstm/kernel', 'periodicity/kernel', 'rate/bias', 'noise2/bias'];
    for (const name of names as (keyof Parameters)[]) {
      const { values } = parameters[name];
      const gradient = gradients[Object.keys(parameters).indexOf(name)] as Float32Array;
      const at = gradient.reduce(
        (best, value, i) => (Math.abs(value) > Math.abs(gradient[best] as number) ? i : best),
        0,
      );
      const lossAt = (value: number): number => {
        const before = values[at] as number;
        values[at] = value;
        const { loss } = objective(batch, parameters);
        values[at] = before;
        return loss;
      };
      const [centre, step] = [values[at] as number, 4e-3];
      const slope = (lossAt(centre + step) - lossAt(centre - step)) / (2 * step);
      expect(Math.abs(slope - (gradient[at] as number)), name).toBeLessThan(0.02 * Math.abs(slope) + 1e-3);
    }
  });

  it('repeated lowers the loss, and leaves no tensors behind', async () => {
    const tf = await loadTensorFlow('portable');
    const objective = createObjective(tf, recipe, classWeights(items));
    const batch = batchOf();
    const parameters = initialParameters(recipe, seededRandom(1));
    const optimiser = new Optimiser(parameters, { ...recipe.optimiser, steps: 30, warmUpSteps: 3 });
    const losses: number[] = [];
    for (let step = 0; step < 12; step++) {
      const { loss, gradients } = objective(batch, parameters);
      optimiser.apply(gradients);
      losses.push(loss);
    }
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] as number));
    expect(tf.memory().numTensors).toBe(0);
  });

  it('that gives no number is TRAINING_DIVERGED and names the step', () => {
    for (const loss of [NaN, Infinity]) {
      expect(() => assertFinite(loss, 6)).toThrow(
        expect.objectContaining({
          code: 'TRAINING_DIVERGED',
          message: expect.stringContaining('step 7') as string,
        }) as Error,
      );
    }
    expect(() => assertFinite(0.5, 6)).not.toThrow();
  });
});

describe('the optimiser', () => {
  it('warms up linearly and ends at the final share', () => {
    const settings = { ...recipe.optimiser, steps: 100, warmUpSteps: 10, learningRate: 1, finalRateShare: 0.02 };
    expect(learningRateAt(0, settings)).toBeCloseTo(0.1, 12);
    expect(learningRateAt(9, settings)).toBe(1);
    expect(learningRateAt(55, settings)).toBeCloseTo(0.51, 12);
    expect(learningRateAt(100, settings)).toBeCloseTo(0.02, 12);
  });

  it('clips the common norm and leaves smaller gradients alone', () => {
    const gradients = [Float32Array.of(3), Float32Array.of(0, 4)];
    expect(clipGradients(gradients, 1)).toBe(5);
    expect(gradients[0]?.[0]).toBeCloseTo(0.6, 6);
    expect(gradients[1]?.[1]).toBeCloseTo(0.8, 6);
    expect(clipGradients(gradients, 2)).toBeCloseTo(1, 6);
    expect(gradients[0]?.[0]).toBeCloseTo(0.6, 6);
  });

  it('moves by the learning rate in its first step (Adam), and averages', () => {
    const settings = { ...recipe.optimiser, learningRate: 0.5, warmUpSteps: 0, clipNorm: 1e9, averageDecay: 0.99 };
    const parameters = initialParameters(recipe, seededRandom(1));
    const before = parameters['rate/bias'].values.slice();
    const gradients = Object.values(parameters).map(({ values }) => new Float32Array(values.length).fill(-2));
    const optimiser = new Optimiser(parameters, settings);
    optimiser.apply(gradients);
    parameters['rate/bias'].values.forEach((value, i) => expect(value - (before[i] as number)).toBeCloseTo(0.5, 5));
    optimiser.averages['rate/bias'].values.forEach((value, i) =>
      expect(value).toBeCloseTo(0.1 * (before[i] as number) + 0.9 * (parameters['rate/bias'].values[i] as number), 5),
    );
  });
});

describe('class weights', () => {
  it('make every class weigh the same', () => {
    const weights = classWeights(items);
    expect(weights).toHaveLength(3);
    expect(weights.reduce((sum, weight) => sum + 1 / (3 * weight), 0)).toBeCloseTo(1, 6);
  });
});

describe('a training', () => {
  it('gives the same numbers for the same seed, and others for another', async () => {
    const tf = await loadTensorFlow('portable');
    const short = { ...recipe, optimiser: { ...recipe.optimiser, steps: 2 } };
    const [first, again, other] = [
      await train(tf, items, short, { seed: 1 }),
      await train(tf, items, short, { seed: 1 }),
      await train(tf, items, short, { seed: 2 }),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe('kept weights', () => {
  const key = { recipe, dataSha256: 'd', seed: 1, recordingIds: ['a', 'b'], noiseIds: ['n'] };

  it('come back bit by bit for the same training, and for no other', () => {
    const file = join(scratch, 'weights.json');
    const parameters = randomParameters(recipe);
    saveWeights(file, keyOf(key), parameters);
    expect(loadWeights(file, keyOf(key))).toEqual(parameters);
    expect(loadWeights(file, keyOf({ ...key, recordingIds: ['a'] }))).toBeUndefined();
    const longer = { ...recipe, optimiser: { ...recipe.optimiser, steps: 4 } };
    expect(loadWeights(file, keyOf({ ...key, recipe: longer }))).toBeUndefined();
    expect(loadWeights(join(scratch, 'none.json'), keyOf(key))).toBeUndefined();
  });

  it('stay valid when only the evaluation changes', () => {
    const other = { ...recipe, evaluation: { ...recipe.evaluation, acceptedShare: 0.5 } };
    expect(keyOf({ ...key, recipe: other })).toBe(keyOf(key));
  });
});
