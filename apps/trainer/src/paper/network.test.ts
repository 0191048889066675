import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { type TensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { paperRecipe, randomExample, tinyPaperRecipe } from '../testing/tiny-segments.js';
import { toBatch } from './batches.js';
import type { Example } from './examples.js';
import { createPaperForward } from './network.js';
import { initialPaperParameters, paperParameterCount } from './parameters.js';
import { predictExamples } from './predict.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

const WIDTH = 3;
const scale = { rates: { mean: 20, deviation: 8 }, counts: { mean: 2, deviation: 1 } };

const example = (frames: number, seed: number) => randomExample(frames, WIDTH, seed);

function predict(network: PaperRecipe['network'], examples: Example[]) {
  const parameters = initialPaperParameters(network, WIDTH, seededRandom(3));
  for (const { shape, values } of Object.values(parameters)) if (shape.length === 1) values.fill(0.3);
  const forward = createPaperForward(tf, { network }, scale);
  return predictExamples(tf, forward, parameters, examples, WIDTH);
}

describe("the paper's networks", () => {
  it.each([
    ['LSTM-32', 'none', 10_847],
    ['TC-LSTM-32', { kernel: 3 }, 15_687],
  ] as const)('%s has as many parameters as METHOD says', (_, convolution, expected) => {
    const network = { ...paperRecipe().network, convolution };
    expect(paperParameterCount(initialPaperParameters(network, 40, seededRandom(1)))).toBe(expected);
  });

  const convolution = { kernel: 3 };
  const variants = [
    { pooling: 'last', countHead: 'linear', convolution },
    { pooling: 'mean', countHead: 'linear', activation: 'tanh', convolution },
    { pooling: 'mean', countHead: 'density' },
    { pooling: 'last' },
  ] as const;
  it.each(variants)('do not see padding or company: %o', (variant) => {
    const network = { ...tinyPaperRecipe().network, ...variant };
    const examples = [example(9, 1), example(14, 2), example(5, 3)];
    const together = predict(network, examples);
    examples.forEach((one, at) => {
      const [alone] = predict(network, [one]);
      expect(alone?.predictedRrPerMinute).toBeCloseTo(together[at]?.predictedRrPerMinute as number, 4);
      expect(alone?.predictedBreaths).toBeCloseTo(together[at]?.predictedBreaths as number, 5);
      expect(alone?.segmentId).toBe(together[at]?.segmentId);
    });
    expect(new Set(together.map(({ predictedRrPerMinute }) => predictedRrPerMinute.toFixed(3))).size).toBe(3);
  });

  it('pool the last valid state or the mean of the valid ones', () => {
    const { network } = tinyPaperRecipe();
    const steady: Example = { ...example(40, 4), features: new Float32Array(40 * WIDTH).fill(0.5) };
    const of = (pooling: 'last' | 'mean') => predict({ ...network, pooling }, [steady])[0]?.predictedRrPerMinute;
    expect(of('last')).not.toBeCloseTo(of('mean') as number, 3); // the state needs some frames to settle
  });

  it('with a density head never count less than nothing, and RR is RC per minute', () => {
    const network = { ...tinyPaperRecipe().network, countHead: 'density' as const };
    const [prediction] = predict(network, [example(498, 5)]);
    expect(prediction?.predictedBreaths).toBeGreaterThan(0);
    expect(prediction?.predictedRrPerMinute).toBeCloseTo(((prediction?.predictedBreaths as number) * 60) / 4.995, 3);
  });
});

describe('a batch', () => {
  it('stands time first and is padded with zeros', () => {
    const batch = toBatch([example(2, 1), example(3, 2)], WIDTH);
    expect(batch.frames).toBe(3);
    expect([...batch.lengths]).toEqual([2, 3]);
    expect(batch.features.subarray(0, WIDTH)).toEqual(example(2, 1).features.subarray(0, WIDTH));
    expect(batch.features.subarray(3 * WIDTH, 4 * WIDTH)).toEqual(example(3, 2).features.subarray(WIDTH, 2 * WIDTH));
    expect([...batch.features.subarray(4 * WIDTH, 5 * WIDTH)]).toEqual([0, 0, 0]);
  });
});
