import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { PHASE } from '../draws/phases.js';
import type { TensorFlow } from '#libs/tensorflow';

const EPSILON = 1e-6;

/** Mean of the values where the weights are 1 (or weighted by them). */
function weightedMean(values: Tensor1D, weights: Tensor1D): Tensor1D {
  return values.mul(weights).sum().div(weights.sum().add(EPSILON));
}

/** Lin's concordance correlation coefficient of the items with weight 1, from biased moments (METHOD, "Losses"). */
export function concordanceOf(x: Tensor1D, y: Tensor1D, weights: Tensor1D): Tensor1D {
  const [meanX, meanY] = [weightedMean(x, weights), weightedMean(y, weights)];
  const [dx, dy] = [x.sub<Tensor1D>(meanX), y.sub<Tensor1D>(meanY)];
  const covariance = weightedMean(dx.mul(dy), weights);
  const spread = weightedMean(dx.square(), weights).add(weightedMean(dy.square(), weights));
  return covariance.mul(2).div(spread.add(meanX.sub(meanY).square()).add(EPSILON));
}

/** Cross-entropy per item: logsumexp(logits) - logits[label]. */
export function crossEntropy(tf: TensorFlow, logits: Tensor2D, labels: Tensor1D): Tensor1D {
  const targets = tf.oneHot(labels.toInt(), logits.shape[1]);
  return tf.logSoftmax(logits).mul(targets).sum<Tensor1D>(1).neg();
}

/** Cross-entropy weighted by the label's class, divided by the sum of the weights. */
export function weightedCrossEntropy(
  tf: TensorFlow,
  logits: Tensor2D,
  labels: Tensor1D,
  classWeights: readonly number[],
): Tensor1D {
  const weights = tf.gather(tf.tensor1d([...classWeights]), labels.toInt());
  return weightedMean(crossEntropy(tf, logits, labels), weights);
}

/** Focal loss: the mean of -alpha_t (1 - p_t)^gamma ln p_t. */
export function focalLoss(
  tf: TensorFlow,
  logits: Tensor2D,
  labels: Tensor1D,
  alpha: readonly number[],
  gamma: number,
): Tensor1D {
  const entropy = crossEntropy(tf, logits, labels);
  const doubt = tf.scalar(1).sub(entropy.neg().exp()).clipByValue(EPSILON, 1);
  return tf
    .gather(tf.tensor1d([...alpha]), labels.toInt())
    .mul(doubt.pow(gamma))
    .mul(entropy)
    .mean();
}

/**
 * Cross-entropy of the rate bins against a Gaussian on the logarithm of the rate; rates beyond the bins count as the
 * nearest end.
 */
export function binEntropy(
  tf: TensorFlow,
  logits: Tensor2D,
  rates: Tensor1D,
  centres: Float32Array,
  deviation: number,
  weights: Tensor1D,
): Tensor1D {
  const [lowest, highest] = [centres[0] as number, centres.at(-1) as number];
  const distance = tf.tensor1d(centres).log().sub(rates.clipByValue(lowest, highest).log().expandDims(1));
  const targets = distance.div<Tensor2D>(deviation).square().mul<Tensor2D>(-0.5).softmax();
  return weightedMean(tf.logSoftmax(logits).mul(targets).sum<Tensor1D>(1).neg(), weights);
}

/**
 * Frame-wise cross-entropy over the valid frames. A breath of unknown phase is right with any of the breath's phases:
 * their probabilities add up.
 * @param logits [B, S, 4]; @param phases int32 [B, S]; @param mask [B, S]
 */
export function phaseEntropy(tf: TensorFlow, logits: Tensor3D, phases: Tensor2D, mask: Tensor2D): Tensor {
  const logProbabilities = tf.logSoftmax(logits);
  const unknown = phases.equal(PHASE.breath).toFloat();
  const known = tf.oneHot(phases.toInt(), 4).mul(tf.scalar(1).sub(unknown.expandDims(2)));
  const ofKnown = logProbabilities.mul(known).sum(2);
  const ofUnknown = logProbabilities.slice([0, 0, 1], [-1, -1, 3]).logSumExp(2).mul(unknown);
  return ofKnown.add(ofUnknown).neg().mul(mask).sum().div(mask.sum());
}
