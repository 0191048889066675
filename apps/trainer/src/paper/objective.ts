import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs';
import { concordanceOf, focalLoss, weightedCrossEntropy } from '../network/losses.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { type TensorFlow, numbersOf } from '#libs/tensorflow';
import type { PaperBatch } from './batches.js';
import { type PaperOutput, type PaperWeights, type TargetScale, createPaperForward, inputOf } from './network.js';
import type { PaperParameters } from './parameters.js';

/** The four losses of Section IV, in the order of the convex mixture. */
export const LOSS_NAMES = ['ccc', 'breathEntropy', 'noiseEntropy', 'breathFocal'] as const;

/** What changes from epoch to epoch. */
export interface EpochWeights {
  /** Of dynamic weight averaging, in the order of LOSS_NAMES. */
  lambdas: readonly number[];
  /** Factor on the focal loss's alpha. */
  focalScale: number;
}

/** Of the training labels, proportional to 1 / frequency. */
export interface ClassWeights {
  breath: readonly number[];
  noise: readonly number[];
}

interface LossAndGradients {
  loss: number;
  /** In the order of LOSS_NAMES, unweighted. */
  losses: number[];
  /** In the order of the parameters. */
  gradients: Float32Array[];
}

export type PaperObjective = (batch: PaperBatch, parameters: PaperParameters, epoch: EpochWeights) => LossAndGradients;

/** Labels of a batch. */
export interface PaperTargets {
  rates: Tensor1D;
  counts: Tensor1D;
  classes: Tensor1D;
  noisy: Tensor1D;
}

/** Shares of the convex mixture: beta, gamma, kappa and the rest. */
export function mixtureShares({ beta, gamma, kappa }: PaperRecipe['loss']): number[] {
  return [beta, gamma, kappa, Math.max(0, 1 - beta - gamma - kappa)];
}

/**
 * The four losses of a batch (METHOD, "Losses"), each a scalar. CCC is a cost here as 1 - CCC: minimising the CCC itself,
 * as the paper prints it, would be wrong.
 */
export function paperLosses(
  tf: TensorFlow,
  output: PaperOutput,
  targets: PaperTargets,
  settings: PaperRecipe['loss'],
  weights: ClassWeights,
  focalScale: number,
): Scalar[] {
  const everybody = tf.onesLike(targets.rates);
  const rates = concordanceOf(output.rates, targets.rates, everybody).mul(settings.alpha);
  const counts = concordanceOf(output.counts, targets.counts, everybody).mul(1 - settings.alpha);
  const alphas = weights.breath.map((weight) => focalScale * weight);
  return [
    tf.scalar(1).sub(rates).sub(counts),
    weightedCrossEntropy(tf, output.classLogits, targets.classes, weights.breath),
    weightedCrossEntropy(tf, output.noiseLogits, targets.noisy, weights.noise),
    focalLoss(tf, output.classLogits, targets.classes, alphas, settings.focalGamma),
  ].map((loss) => loss.asScalar());
}

/** MTL = sum over the losses of share x lambda x loss, and its gradient. */
export function createPaperObjective(
  tf: TensorFlow,
  recipe: PaperRecipe,
  scale: TargetScale,
  weights: ClassWeights,
): PaperObjective {
  const forward = createPaperForward(tf, recipe, scale);
  const shares = mixtureShares(recipe.loss);
  return (batch, parameters, { lambdas, focalScale }) =>
    numbersOf(tf, () => {
      const names = Object.keys(parameters);
      const targets = {
        rates: tf.tensor1d(batch.rates),
        counts: tf.tensor1d(batch.counts),
        classes: tf.tensor1d(batch.classes, 'int32'),
        noisy: tf.tensor1d(batch.noisy, 'int32'),
      };
      const input = inputOf(tf, batch);
      const factors = tf.tensor1d(shares.map((share, k) => share * (lambdas[k] as number)));
      let single: Tensor | undefined;
      const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
        const output = forward(input, Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as PaperWeights);
        const losses = tf.stack(paperLosses(tf, output, targets, recipe.loss, weights, focalScale));
        single = tf.keep(losses);
        return losses.mul(factors).sum();
      })(Object.values(parameters).map(({ shape, values }) => tf.tensor(values, shape)));
      const losses = [...(single as Tensor).dataSync<'float32'>()];
      single?.dispose();
      return {
        loss: value.dataSync()[0] as number,
        losses,
        gradients: grads.map((gradient) => gradient.dataSync<'float32'>()),
      };
    });
}
