import { MEL, levelWidth } from '#libs/features';
import { type Random, uniform } from '../draws/random.js';
import type { Recipe } from '../recipe/schema.js';

/** One array of weights; kept as plain numbers between steps, so that training depends on no backend's state. */
export interface Parameter {
  shape: number[];
  values: Float32Array;
}

export type Parameters = Record<ParameterName, Parameter>;

export type ParameterName = (typeof PARAMETER_NAMES)[number];

/** Every array of weights, in the order in which gradients are given. */
export const PARAMETER_NAMES = [
  'conv1/kernel', // [kernel, 40, filters]
  'conv1/bias',
  'conv2/kernel', // [kernel, filters, filters]
  'conv2/bias',
  'lstm/kernel', // [filters + units, 4 units], gates i f c o
  'lstm/bias',
  'periodicity/channels', // [filters (and units), channels]; a bias would vanish with the mean
  'periodicity/kernel', // [channels * (shown + lags), units]
  'periodicity/bias',
  'embedding/kernel',
  'embedding/bias',
  'rate/kernel',
  'rate/bias',
  'class/kernel',
  'class/bias',
  'noise1/kernel',
  'noise1/bias',
  'noise2/kernel',
  'noise2/bias',
  'phase/kernel', // per network frame: a training aid, and what `trainer explain` shows
  'phase/bias',
] as const;

export const CLASS_COUNT = 3;
export const PHASE_COUNT = 4;

type Shapes = Record<ParameterName, number[]>;

function shapesOf({ frontEnd, network }: Pick<Recipe, 'frontEnd' | 'network'>): Shapes {
  const { convolutionFilters: filters, lstmUnits: units, periodicity, embedding, noiseEmbedding, rates } = network;
  const summary = units || filters; // without an LSTM the second convolution is averaged
  const shown = periodicity.channels * (periodicity.shownFrequencies + periodicity.lags);
  return {
    'conv1/kernel': [network.firstKernel, MEL.bands, filters],
    'conv1/bias': [filters],
    'conv2/kernel': [network.secondKernel, filters, filters],
    'conv2/bias': [filters],
    'lstm/kernel': [units ? filters + units : 0, 4 * units],
    'lstm/bias': [4 * units],
    'periodicity/channels': [periodicity.hears === 'both' ? filters + units : filters, periodicity.channels],
    'periodicity/kernel': [shown, periodicity.units],
    'periodicity/bias': [periodicity.units],
    'embedding/kernel': [summary + periodicity.units, embedding],
    'embedding/bias': [embedding],
    'rate/kernel': [embedding, rates.bins],
    'rate/bias': [rates.bins],
    'class/kernel': [embedding + noiseEmbedding, CLASS_COUNT], // loudness and spectrum tell breath from other sound
    'class/bias': [CLASS_COUNT],
    'noise1/kernel': [summary + levelWidth(frontEnd), noiseEmbedding],
    'noise1/bias': [noiseEmbedding],
    'noise2/kernel': [noiseEmbedding, 2],
    'noise2/bias': [2],
    'phase/kernel': [summary, PHASE_COUNT],
    'phase/bias': [PHASE_COUNT],
  };
}

/** Glorot-uniform kernels and zero biases, but 1 for the LSTM's forget gate. */
export function initialParameters(recipe: Pick<Recipe, 'frontEnd' | 'network'>, random: Random): Parameters {
  const parameters = {} as Parameters;
  const shapes = shapesOf(recipe);
  for (const name of PARAMETER_NAMES) {
    const shape = shapes[name];
    parameters[name] = initialParameter(shape, random);
  }
  const { lstmUnits } = recipe.network;
  parameters['lstm/bias'].values.fill(1, lstmUnits, 2 * lstmUnits);
  return parameters;
}

/** A Glorot-uniform kernel, [..., in, out], or a bias of zeros. */
export function initialParameter(shape: number[], random: Random): Parameter {
  const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
  if (shape.length > 1) {
    const field = shape.slice(0, -2).reduce((product, length) => product * length, 1);
    const limit = Math.sqrt(6 / (field * ((shape.at(-2) as number) + (shape.at(-1) as number))));
    for (let i = 0; i < values.length; i++) values[i] = uniform(random, -limit, limit);
  }
  return { shape, values };
}

export function parameterCount(parameters: Parameters): number {
  return PARAMETER_NAMES.reduce((sum, name) => sum + parameters[name].values.length, 0);
}
