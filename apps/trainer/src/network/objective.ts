import { MEL, levelWidth } from '#libs/features';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { Batch } from '../draws/batch.js';
import type { Recipe } from '../recipe/schema.js';
import { type TensorFlow, numbersOf } from '#libs/tensorflow';
import { rateCentres } from './constants.js';
import { createForward, type Weights } from './forward.js';
import { binEntropy, concordanceOf, crossEntropy, focalLoss, phaseEntropy, weightedCrossEntropy } from './losses.js';
import { PARAMETER_NAMES, type Parameters } from './parameters.js';

interface LossAndGradients {
  loss: number;
  /** In the order of PARAMETER_NAMES. */
  gradients: Float32Array[];
}

export type Objective = (batch: Batch, parameters: Parameters) => LossAndGradients;

/**
 * The whole loss of METHOD ("The recipe, complete") and its gradient.
 * @param classWeights of none, normal, heavy: 1 / (3 share of the class)
 */
export function createObjective(tf: TensorFlow, recipe: Recipe, classWeights: readonly number[]): Objective {
  const forward = createForward(tf, recipe);
  const shares = recipe.loss;
  const centres = rateCentres(recipe.network.rates);

  const lossOf = (batch: Batch, weights: Weights): Scalar => {
    const { items, frames, networkFrames } = batch;
    const mask = tf.tensor2d(batch.mask, [items, networkFrames]);
    const output = forward(
      {
        features: tf.tensor3d(batch.features, [items, frames, MEL.bands]),
        levels: tf.tensor2d(batch.levels, [items, levelWidth(recipe.frontEnd)]),
        mask,
      },
      weights,
    );
    const isBreath = tf.tensor1d(batch.isBreath);
    const rates = tf.tensor1d(batch.rates);
    const counts = output.rates.mul<Tensor1D>(tf.tensor1d(batch.seconds)).div<Tensor1D>(60);
    const classes = tf.tensor1d(batch.classes, 'int32');
    const rateAgreement = concordanceOf(output.rates, rates, isBreath).mul(shares.rateShare);
    const countAgreement = concordanceOf(counts, tf.tensor1d(batch.counts), isBreath).mul(1 - shares.rateShare);
    const terms: [number, Tensor][] = [
      [shares.agreement, tf.scalar(1).sub(rateAgreement).sub(countAgreement)],
      [shares.classEntropy, weightedCrossEntropy(tf, output.classLogits, classes, classWeights)],
      [shares.classFocal, focalLoss(tf, output.classLogits, classes, classWeights, shares.focalGamma)],
      [shares.noiseEntropy, crossEntropy(tf, output.noiseLogits, tf.tensor1d(batch.noisy, 'int32')).mean()],
      [shares.bins, binEntropy(tf, output.rateLogits, rates, centres, shares.binDeviation, isBreath)],
      [shares.phase, phaseEntropy(tf, output.phaseLogits, tf.tensor2d(batch.phases, [items, networkFrames]), mask)],
    ];
    return tf.addN(terms.map(([share, term]) => term.mul(share).asScalar()));
  };

  return (batch, parameters) =>
    numbersOf(tf, () => {
      const trained = PARAMETER_NAMES.filter((name) => parameters[name].values.length > 0);
      const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) =>
        lossOf(batch, Object.fromEntries(trained.map((name, i) => [name, tensors[i]])) as Weights),
      )(trained.map((name) => tf.tensor(parameters[name].values, parameters[name].shape)));
      const gradients = PARAMETER_NAMES.map(
        (name) => grads[trained.indexOf(name)]?.dataSync<'float32'>() ?? new Float32Array(0),
      );
      return { loss: value.dataSync()[0] as number, gradients };
    });
}
