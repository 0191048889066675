import { concordance } from '#libs/agreement';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import { type TensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { gradientsOf } from '../testing/numerical-gradient.js';
import { paperRecipe, randomExample, tinyPaperRecipe } from '../testing/tiny-segments.js';
import { toBatch } from './batches.js';
import { createPaperObjective, mixtureShares, paperLosses } from './objective.js';
import { initialPaperParameters } from './parameters.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

const WIDTH = 3;
const RATES = { predicted: [12, 20, 31, 44], actual: [10, 25, 30, 40] };
const COUNTS = { predicted: [1, 2.5, 3, 3.5], actual: [1, 2, 3, 4] };
const CLASSES = { logits: [[2, 0.5, -1], [0, 1, 0.3], [-0.5, -2, 1.5], [0.7, 0.1, -0.2]], labels: [0, 2, 2, 1] }; // prettier-ignore
const NOISE = { logits: [[1, -1], [0.2, 0.4], [-2, 1], [0.3, 0]], labels: [0, 1, 1, 1] }; // prettier-ignore
const weights = { breath: [3, 1, 0.5], noise: [2, 0.6] };

/** -ln p of each label. */
const entropies = ({ logits, labels }: typeof CLASSES): number[] =>
  logits.map((row, i) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - (row[labels[i] as number] as number));
const weighted = (values: number[], labels: number[], by: readonly number[]): number => {
  const each = labels.map((label) => by[label] as number);
  return values.reduce((sum, value, i) => sum + value * (each[i] as number), 0) / each.reduce((a, b) => a + b, 0);
};

interface Outputs {
  rates: Tensor;
  counts: Tensor;
  classLogits: Tensor;
  noiseLogits: Tensor;
}
const outputs = (): Outputs => ({
  rates: tf.tensor1d(RATES.predicted),
  counts: tf.tensor1d(COUNTS.predicted),
  classLogits: tf.tensor2d(CLASSES.logits),
  noiseLogits: tf.tensor2d(NOISE.logits),
});
const lossesOf = (output: Outputs, settings = paperRecipe().loss, focalScale = 1) =>
  paperLosses(
    tf,
    output as { rates: Tensor1D; counts: Tensor1D; classLogits: Tensor2D; noiseLogits: Tensor2D },
    {
      rates: tf.tensor1d(RATES.actual),
      counts: tf.tensor1d(COUNTS.actual),
      classes: tf.tensor1d(CLASSES.labels, 'int32'),
      noisy: tf.tensor1d(NOISE.labels, 'int32'),
    },
    settings,
    weights,
    focalScale,
  );
const numbers = (losses: Tensor[]) => losses.map((loss) => loss.dataSync()[0] as number);

describe('the four losses', () => {
  it('equal their closed forms', () => {
    const [ccc, breath, noise, focal] = numbers(lossesOf(outputs(), { ...paperRecipe().loss, alpha: 0.7 }));
    const agreement = (of: typeof RATES) => concordance(of.predicted, of.actual);
    expect(ccc).toBeCloseTo(1 - 0.7 * agreement(RATES) - 0.3 * agreement(COUNTS), 5);
    expect(breath).toBeCloseTo(weighted(entropies(CLASSES), CLASSES.labels, weights.breath), 5);
    expect(noise).toBeCloseTo(weighted(entropies(NOISE), NOISE.labels, weights.noise), 5);
    const terms = entropies(CLASSES).map(
      (entropy, i) => (weights.breath[CLASSES.labels[i] as number] as number) * (1 - Math.exp(-entropy)) ** 2 * entropy,
    );
    expect(focal).toBeCloseTo(terms.reduce((sum, term) => sum + term, 0) / 4, 5);
  });

  it('balance-oriented: alpha of the focal loss is scaled, and nothing else', () => {
    const [plain, scaled] = [numbers(lossesOf(outputs())), numbers(lossesOf(outputs(), paperRecipe().loss, 0.25))];
    expect(scaled.slice(0, 3)).toEqual(plain.slice(0, 3));
    expect(scaled[3]).toBeCloseTo((plain[3] as number) / 4, 6);
  });

  const heads: [keyof Outputs, number, number[]][] = [
    ['rates', 0, RATES.predicted],
    ['counts', 0, COUNTS.predicted],
    ['classLogits', 1, CLASSES.logits.flat()],
    ['noiseLogits', 2, NOISE.logits.flat()],
    ['classLogits', 3, CLASSES.logits.flat()],
  ];
  it.each(heads)('have the gradient that they show numerically: %s in loss %i', (head, loss, values) => {
    const shape = outputs()[head].shape;
    const of = (x: Tensor) => lossesOf({ ...outputs(), [head]: x })[loss] as Tensor;
    const { analytic, numerical } = gradientsOf(tf, of, values, shape);
    expect(Math.max(...analytic.map(Math.abs))).toBeGreaterThan(1e-3);
    analytic.forEach((slope, i) => expect(slope).toBeCloseTo(numerical[i] as number, 4));
  });
});

describe('the mixture', () => {
  it('is convex', () => {
    const shares = mixtureShares({ ...paperRecipe().loss, beta: 0.5, gamma: 0.2, kappa: 0.1 });
    [0.5, 0.2, 0.1, 0.2].forEach((share, k) => expect(shares[k]).toBeCloseTo(share, 12));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  for (const countHead of ['linear', 'density'] as const) {
    it(`weighs the losses by share and lambda, and its gradient is the numerical one behind the ${countHead} head`, () => {
      const recipe = tinyPaperRecipe();
      Object.assign(recipe.network, { countHead, activation: 'tanh', convolution: { kernel: 3 } });
      const batch = toBatch([12, 7, 9, 10, 12].map((frames, at) => randomExample(frames, WIDTH, at)), WIDTH); // prettier-ignore
      const scale = { rates: { mean: 15, deviation: 10 }, counts: { mean: 2, deviation: 1 } };
      const objective = createPaperObjective(tf, recipe, scale, weights);
      const parameters = initialPaperParameters(recipe.network, WIDTH, seededRandom(1));
      const epoch = { lambdas: [1.5, 0.5, 1, 1], focalScale: 0.5 };
      const tensors = tf.memory().numTensors;
      const { loss, losses, gradients } = objective(batch, parameters, epoch);
      const mixed = losses.reduce((sum, value, k) => sum + 0.25 * (epoch.lambdas[k] as number) * value, 0);
      expect(loss).toBeCloseTo(mixed, 5);
      Object.entries(parameters).forEach(([name, { values }], place) => {
        const gradient = gradients[place] as Float32Array;
        const at = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best] as number) ? i : best), 0);
        const lossAt = (value: number): number => {
          const before = values[at] as number;
          values[at] = value;
          const found = objective(batch, parameters, epoch).loss;
          values[at] = before;
          return found;
        };
        const [centre, step] = [values[at] as number, 4e-3];
        const slope = (lossAt(centre + step) - lossAt(centre - step)) / (2 * step);
        expect(Math.abs(slope - (gradient[at] as number)), name).toBeLessThan(0.02 * Math.abs(slope) + 3e-4);
      });
      expect(tf.memory().numTensors).toBe(tensors);
    });
  }
});
