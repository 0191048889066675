import { concordance } from '#libs/agreement';
import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { PHASE } from '../draws/phases.js';
import { type TensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { binEntropy, concordanceOf, crossEntropy, focalLoss, phaseEntropy, weightedCrossEntropy } from './losses.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

const number = (tensor: Tensor): number => tensor.dataSync()[0] as number;
const softmax = (logits: number[]): number[] => {
  const exponentials = logits.map(Math.exp);
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
};

const LOGITS = [
  [2, 0.5, -1],
  [0, 1, 0.3],
  [-0.5, -2, 1.5],
];
const LABELS = [0, 2, 2];
const logits = () => tf.tensor2d(LOGITS);
const labels = () => tf.tensor1d(LABELS, 'int32');
const probabilities = LOGITS.map((row, i) => softmax(row)[LABELS[i] as number] as number);

describe('losses equal their closed forms', () => {
  it('concordance, over the items with weight 1 alone', () => {
    const [x, y] = [
      [12, 20, 31, 44, 7],
      [10, 25, 30, 40, 99],
    ];
    const value = number(concordanceOf(tf.tensor1d(x), tf.tensor1d(y), tf.tensor1d([1, 1, 1, 1, 0])));
    expect(value).toBeCloseTo(concordance(x.slice(0, 4), y.slice(0, 4)), 5);
  });

  it('cross-entropy, plain and weighted by the class of the label', () => {
    const entropies = probabilities.map((p) => -Math.log(p));
    crossEntropy(tf, logits(), labels())
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(entropies[i] as number, 5));
    const weights = [3, 1, 0.5];
    const [a, b, c] = entropies as [number, number, number];
    expect(number(weightedCrossEntropy(tf, logits(), labels(), weights))).toBeCloseTo(
      (3 * a + 0.5 * b + 0.5 * c) / 4,
      5,
    );
  });

  it('focal loss, which is cross-entropy for gamma 0', () => {
    const alpha = [3, 1, 0.5];
    const expected = (gamma: number) =>
      probabilities.reduce(
        (sum, p, i) => sum - (alpha[LABELS[i] as number] as number) * (1 - p) ** gamma * Math.log(p),
        0,
      ) / 3;
    for (const gamma of [0, 2]) {
      expect(number(focalLoss(tf, logits(), labels(), alpha, gamma))).toBeCloseTo(expected(gamma), 5);
    }
  });

  it('bins against a Gaussian on the logarithm of the rate', () => {
    const centres = Float32Array.of(10, 20, 40);
    const targets = softmax([10, 20, 40].map((centre) => -0.5 * (Math.log(centre / 18) / 0.3) ** 2));
    const logShares = softmax(LOGITS[0] as number[]).map(Math.log);
    const expected = -targets.reduce((sum, target, i) => sum + target * (logShares[i] as number), 0);
    const rows = tf.tensor2d([LOGITS[0] as number[], LOGITS[1] as number[]]);
    const weights = tf.tensor1d([1, 0]);
    expect(number(binEntropy(tf, rows, tf.tensor1d([18, 33]), centres, 0.3, weights))).toBeCloseTo(expected, 5);
  });

  it('phases, where a breath of unknown phase is right with any phase', () => {
    const frame = [0.2, 1.1, -0.4, 0.7];
    const shares = softmax(frame);
    const phases = [PHASE.inhale, PHASE.breath, PHASE.none];
    const expected =
      [shares[1], 1 - (shares[0] as number)].reduce((sum: number, p) => sum - Math.log(p as number), 0) / 2;
    const value = phaseEntropy(
      tf,
      tf.tensor3d([[frame, frame, frame]]),
      tf.tensor2d([phases], [1, 3], 'int32'),
      tf.tensor2d([[1, 1, 0]]),
    );
    expect(number(value)).toBeCloseTo(expected, 5);
  });
});
