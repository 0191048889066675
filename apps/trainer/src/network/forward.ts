import { MEL, levelWidth } from '#libs/features';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { Recipe } from '../recipe/schema.js';
import { type TensorFlow, lstmFor, numbersOf } from '#libs/tensorflow';
import { POWER_OFFSET, POWER_SCALE, autocorrelationTable, fourierTable, rateCentres } from './constants.js';
import { PARAMETER_NAMES, type ParameterName, type Parameters } from './parameters.js';

export type Weights = Record<ParameterName, Tensor>;

/** B items padded to T input frames. */
interface ForwardInput {
  /** [B, T, 40]. */
  features: Tensor3D;
  /** [B, levelWidth(frontEnd)]. */
  levels: Tensor2D;
  /** [B, S], 1 inside the item; S = ceil(T / stride). */
  mask: Tensor2D;
}

interface ForwardOutput {
  /** [B, bins]. */
  rateLogits: Tensor2D;
  /** [B], breaths per minute: the mean of the bins' centres. */
  rates: Tensor1D;
  /** [B], spread of the bins, breaths per minute. */
  deviations: Tensor1D;
  /** [B, 3]. */
  classLogits: Tensor2D;
  /** [B, 2]. */
  noiseLogits: Tensor2D;
  /** [B, S, 4]. */
  phaseLogits: Tensor3D;
}

export type Forward = (input: ForwardInput, weights: Weights) => ForwardOutput;

/** The network of METHOD ("The recipe, complete") in TensorFlow.js; `export/graph.ts` writes the same in ONNX. */
export function createForward(tf: TensorFlow, recipe: Recipe): Forward {
  const { network } = recipe;
  const lstm = lstmFor(tf);
  const centreValues = rateCentres(network.rates);
  const periodicity = createPeriodicity(tf, recipe);

  /** A convolution over time, padded with (kernel - 1) / 2 zeros on both sides whatever the stride. */
  const convolve = (x: Tensor3D, kernel: Tensor, bias: Tensor, stride: number): Tensor3D => {
    const reach = ((kernel.shape[0] as number) - 1) / 2;
    const padded: Tensor3D = x.pad([[0, 0], [Math.floor(reach), Math.ceil(reach)], [0, 0]]); // prettier-ignore
    return tf
      .conv1d(padded, kernel as Tensor3D, stride, 'valid')
      .add<Tensor3D>(bias)
      .relu();
  };
  const dense = (x: Tensor2D, weights: Weights, name: string): Tensor2D =>
    x.matMul(weights[`${name}/kernel` as ParameterName] as Tensor2D).add(weights[`${name}/bias` as ParameterName]);

  return ({ features, levels, mask }, weights) => {
    const centres = tf.tensor1d(centreValues);
    const gate = mask.expandDims<Tensor3D>(2);
    const lengths = mask.sum<Tensor2D>(1, true);
    const first = convolve(features, weights['conv1/kernel'], weights['conv1/bias'], network.firstStride).mul<Tensor3D>(
      gate,
    );
    const second = convolve(first, weights['conv2/kernel'], weights['conv2/bias'], 1).mul<Tensor3D>(gate);
    const sequence =
      network.lstmUnits === 0
        ? second
        : (lstm(
            second.transpose<Tensor3D>([1, 0, 2]),
            weights['lstm/kernel'] as Tensor2D,
            weights['lstm/bias'],
          ).transpose([1, 0, 2]) as Tensor3D);
    const summary = sequence.mul(gate).sum<Tensor2D>(1).div<Tensor2D>(lengths);
    const heard = recipe.network.periodicity.hears === 'both' ? tf.concat3d([second, sequence], 2) : second;
    const rhythm = dense(periodicity(heard, gate, lengths, weights), weights, 'periodicity').relu<Tensor2D>();
    const embedding = dense(tf.concat2d([summary, rhythm], 1), weights, 'embedding').relu<Tensor2D>();
    const rateLogits = dense(embedding, weights, 'rate');
    const bins = rateLogits.softmax<Tensor2D>();
    const rates = bins.mul(centres).sum<Tensor1D>(1);
    const spread = bins.mul(centres.sub(rates.expandDims(1)).square()).sum<Tensor1D>(1);
    const noise = dense(tf.concat2d([summary, levels], 1), weights, 'noise1').relu<Tensor2D>();
    const [items, frames, width] = sequence.shape;
    return {
      rateLogits,
      rates,
      deviations: spread.sqrt(),
      classLogits: dense(tf.concat2d([embedding, noise], 1), weights, 'class'),
      noiseLogits: dense(noise, weights, 'noise2'),
      phaseLogits: dense(sequence.reshape<Tensor2D>([items * frames, width]), weights, 'phase').reshape([
        items,
        frames,
        -1,
      ]),
    };
  };
}

/** Power of a few learnt channels at fixed frequencies, and their autocorrelation: [B, channels * (shown + lags)]. */
function createPeriodicity(tf: TensorFlow, recipe: Recipe) {
  const { channels, frequencies, shownFrequencies, powerFloor, lags } = recipe.network.periodicity;
  const correlations = autocorrelationTable(recipe.network);
  return (x: Tensor3D, gate: Tensor3D, lengths: Tensor2D, weights: Weights): Tensor2D => {
    const [items, frames, filters] = x.shape;
    const table = tf.tensor2d(fourierTable(recipe, frames), [frames, 2 * frequencies]);
    const mixed = x.reshape<Tensor2D>([items * frames, filters]).matMul(weights['periodicity/channels'] as Tensor2D);
    const signal = mixed.reshape<Tensor3D>([items, frames, channels]).mul<Tensor3D>(gate);
    const centre = signal.sum<Tensor3D>(1, true).div<Tensor3D>(lengths.expandDims<Tensor3D>(2));
    const centred = signal.sub(centre).mul<Tensor3D>(gate).transpose<Tensor3D>([0, 2, 1]);
    const spectrum = centred
      .reshape<Tensor2D>([items * channels, frames])
      .matMul(table)
      .square();
    const parts = spectrum.reshape<Tensor4D>([items, channels, 2, frequencies]).sum<Tensor3D>(2);
    const power = parts.div<Tensor3D>(
      parts.sum(2, true).add(lengths.mul<Tensor2D>(powerFloor).expandDims<Tensor3D>(2)),
    );
    const shown = power
      .slice([0, 0, 0], [-1, -1, shownFrequencies])
      .add(powerFloor)
      .log()
      .mul(POWER_SCALE)
      .add(POWER_OFFSET);
    const correlation = power
      .reshape<Tensor2D>([items * channels, frequencies])
      .matMul(tf.tensor2d(correlations, [frequencies, lags]));
    return tf
      .concat([shown as Tensor3D, correlation.reshape<Tensor3D>([items, channels, lags])], 2)
      .reshape([items, channels * (shownFrequencies + lags)]);
  };
}

function toTensors(tf: TensorFlow, parameters: Parameters): Weights {
  return Object.fromEntries(
    PARAMETER_NAMES.map((name) => [name, tf.tensor(parameters[name].values, parameters[name].shape)]),
  ) as Weights;
}

/** What the exported model gives for windows of one length. */
export interface Prediction {
  rates: Float32Array;
  deviations: Float32Array;
  /** [B, 3] probabilities. */
  classes: Float32Array;
  noise: Float32Array;
  /** [B, S, 4] probabilities. */
  phases: Float32Array;
}

/** Runs the network on windows of one length: the reference that the export is compared with. */
export function predict(
  tf: TensorFlow,
  recipe: Recipe,
  parameters: Parameters,
  windows: readonly { features: Float32Array; frames: number; levels: Float32Array }[],
): Prediction {
  const frames = windows[0]?.frames ?? 0;
  const join = (arrays: Float32Array[]) => Float32Array.from(arrays.flatMap((array) => [...array]));
  return numbersOf(tf, () => {
    const count = windows.length;
    const output = createForward(tf, recipe)(
      {
        features: tf.tensor3d(join(windows.map(({ features }) => features)), [count, frames, MEL.bands]),
        levels: tf.tensor2d(join(windows.map(({ levels }) => levels)), [count, levelWidth(recipe.frontEnd)]),
        mask: tf.ones([count, Math.ceil(frames / recipe.network.firstStride)]) as Tensor2D,
      },
      toTensors(tf, parameters),
    );
    const noise = output.noiseLogits.softmax().slice([0, 1], [-1, 1]);
    return {
      rates: output.rates.dataSync<'float32'>(),
      deviations: output.deviations.dataSync<'float32'>(),
      classes: output.classLogits.softmax().dataSync<'float32'>(),
      noise: noise.dataSync<'float32'>(),
      phases: output.phaseLogits.softmax().dataSync<'float32'>(),
    };
  });
}
