import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { PHASE } from '../draws/phases.js';
import { type TensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { gradientsOf } from '../testing/numerical-gradient.js';
import { binEntropy, concordanceOf, crossEntropy, focalLoss, phaseEntropy, weightedCrossEntropy } from './losses.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

const LOGITS = [2, 0.5, -1, 0, 1, 0.3, -0.5, -2, 1.5, 0.7, 0.1, -0.2];
const SHAPE = [4, 3];
const labels = () => tf.tensor1d([0, 2, 2, 1], 'int32');
const logits = (x: Tensor) => x as Tensor2D;

const LOSSES: [string, number[], number[], (x: Tensor) => Tensor][] = [
  [
    'concordance',
    [1.2, -0.4, 0.3, 2.1, -1.5],
    [5],
    (x) => concordanceOf(x as Tensor1D, tf.tensor1d([1, -1, 0.5, 1.4, 0]), tf.tensor1d([1, 1, 1, 1, 0])),
  ],
  ['cross-entropy', LOGITS, SHAPE, (x) => crossEntropy(tf, logits(x), labels()).mean()],
  ['weighted cross-entropy', LOGITS, SHAPE, (x) => weightedCrossEntropy(tf, logits(x), labels(), [3, 1, 0.5])],
  ['focal loss', LOGITS, SHAPE, (x) => focalLoss(tf, logits(x), labels(), [3, 1, 0.5], 2)],
  [
    'bins',
    LOGITS,
    SHAPE,
    (x) =>
      binEntropy(
        tf,
        logits(x),
        tf.tensor1d([12, 18, 33, 60]),
        Float32Array.of(10, 20, 40),
        0.3,
        tf.tensor1d([1, 1, 0, 1]),
      ),
  ],
  [
    'phases',
    LOGITS,
    [1, 3, 4],
    (x) =>
      phaseEntropy(
        tf,
        x as Tensor3D,
        tf.tensor2d([[PHASE.inhale, PHASE.breath, PHASE.none]], [1, 3], 'int32'),
        tf.tensor2d([[1, 1, 0]]),
      ),
  ],
];

describe('the gradient equals the numerical one', () => {
  it.each(LOSSES)('of %s', (_, values, shape, loss) => {
    const { analytic, numerical } = gradientsOf(tf, loss, values, shape);
    expect(Math.max(...analytic.map(Math.abs))).toBeGreaterThan(0.01);
    analytic.forEach((slope, i) => expect(slope).toBeCloseTo(numerical[i] as number, 3));
  });
});
