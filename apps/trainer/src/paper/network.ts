import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { MEL } from '#libs/features';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { TensorFlow } from '#libs/tensorflow';
import { lstmFor } from '#libs/tensorflow';
import type { PaperBatch } from './batches.js';

/** Mean and standard deviation of RR (per minute) and RC over the training segments: the linear head's units. */
export interface TargetScale {
  rates: { mean: number; deviation: number };
  counts: { mean: number; deviation: number };
}

/** B segments padded to T frames, time first. */
export interface PaperInput {
  /** [T, B, features], standardised. */
  features: Tensor3D;
  /** [T, B, 1], 1 inside the segment. */
  mask: Tensor3D;
  /** [B], valid frames. */
  lengths: Tensor1D;
}

export function inputOf(tf: TensorFlow, { features, lengths, frames, items, width }: PaperBatch): PaperInput {
  const valid = tf.tensor1d(lengths);
  return {
    features: tf.tensor3d(features, [frames, items, width]),
    mask: tf.range(0, frames).expandDims(1).less(valid.expandDims(0)).toFloat().expandDims(2),
    lengths: valid,
  };
}

export interface PaperOutput {
  /** [B], RR per minute. */
  rates: Tensor1D;
  /** [B], RC. */
  counts: Tensor1D;
  /** [B, 3]. */
  classLogits: Tensor2D;
  /** [B, 2]. */
  noiseLogits: Tensor2D;
}

export type PaperWeights = Readonly<Record<string, Tensor>>;

export type PaperForward = (input: PaperInput, weights: PaperWeights) => PaperOutput;

export const FRAME_SECONDS = MEL.hopSamples / ANALYSIS_RATE_HZ;
/** What a segment of n frames lasts beyond n hops: a frame is longer than a hop. */
export const FRAME_OVERHANG_SECONDS = (MEL.frameSamples - MEL.hopSamples) / ANALYSIS_RATE_HZ;

/**
 * The LSTM and TC-LSTM of Section IV. Everything runs time first: the fused LSTM wants it, and a convolution over time
 * is then one over rows, so that nothing is transposed.
 */
export function createPaperForward(
  tf: TensorFlow,
  { network }: Pick<PaperRecipe, 'network'>,
  scale: TargetScale,
): PaperForward {
  const lstm = lstmFor(tf);
  const activate = <T extends Tensor>(x: T): T => (network.activation === 'relu' ? x.relu<T>() : x.tanh<T>());
  const dense = (x: Tensor2D, weights: PaperWeights, name: string): Tensor2D =>
    x.matMul(weights[`${name}/kernel`] as Tensor2D).add(weights[`${name}/bias`] as Tensor);

  const convolve = (x: Tensor3D, weights: PaperWeights): Tensor3D => {
    if (network.convolution === 'none') return x;
    const kernel = (weights['convolution/kernel'] as Tensor3D).expandDims<Tensor4D>(1);
    const maps = tf.conv2d(x.expandDims<Tensor4D>(0), kernel, 1, 'same').add(weights['convolution/bias'] as Tensor);
    return activate(maps).reshape<Tensor3D>([x.shape[0], x.shape[1], x.shape[2]]);
  };

  const linearRates = (embedding: Tensor2D, weights: PaperWeights) => {
    const [rates, counts] = tf.unstack(dense(embedding, weights, 'rates'), 1) as [Tensor1D, Tensor1D];
    const scaled = (x: Tensor1D, { mean, deviation }: TargetScale['rates']) => x.mul<Tensor1D>(deviation).add<Tensor1D>(mean); // prettier-ignore
    return { rates: scaled(rates, scale.rates), counts: scaled(counts, scale.counts) };
  };

  /** RC is the sum over the valid frames of a density of breaths (per second), and RR = RC / duration. */
  const densityRates = (states: Tensor3D, { mask, lengths }: PaperInput, weights: PaperWeights) => {
    const [frames, items, units] = states.shape;
    const density = dense(states.reshape<Tensor2D>([frames * items, units]), weights, 'density').softplus();
    const inside = density.reshape<Tensor3D>([frames, items, 1]).mul<Tensor3D>(mask);
    const counts = inside.sum<Tensor2D>(0).squeeze<Tensor1D>([1]).mul<Tensor1D>(FRAME_SECONDS);
    const seconds = lengths.mul(FRAME_SECONDS).add(FRAME_OVERHANG_SECONDS);
    return { rates: counts.div(seconds).mul<Tensor1D>(60), counts };
  };

  const pool = (states: Tensor3D, { mask, lengths }: PaperInput): Tensor2D => {
    const [frames] = states.shape;
    const items = lengths.expandDims(1);
    if (network.pooling === 'mean') return states.mul(mask).sum<Tensor2D>(0).div(items);
    const isLast = tf.range(1, frames + 1).expandDims(1).equal(lengths.expandDims(0)).toFloat(); // prettier-ignore
    return states.mul(isLast.expandDims(2)).sum<Tensor2D>(0);
  };

  return (input, weights) => {
    const sequence = convolve(input.features, weights);
    const states = lstm(sequence, weights['lstm/kernel'] as Tensor2D, weights['lstm/bias'] as Tensor1D);
    const summary = pool(states, input);
    const embedding = activate(dense(summary, weights, 'embedding'));
    const noiseEmbedding = activate(dense(summary, weights, 'noise-embedding'));
    return {
      ...(network.countHead === 'linear' ? linearRates(embedding, weights) : densityRates(states, input, weights)),
      classLogits: dense(embedding, weights, 'class'),
      noiseLogits: dense(noiseEmbedding, weights, 'noise'),
    };
  };
}
