import { type Parameter, initialParameter } from '../network/parameters.js';
import type { Random } from '../draws/random.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { BREATH_CLASSES } from './training-result.js';

/** The weights of one of the paper's networks by name, always in the same order. */
export type PaperParameters = Readonly<Record<string, Parameter>>;

/** The noise embedding is "a fourth of the size of the breath embedding" (Section IV). */
const NOISE_SHARE = 4;

/**
 * Shapes of the LSTM and TC-LSTM networks of Section IV, with Keras-style biases (METHOD, "Network").
 * @param features width of a frame
 */
function shapesOf({ convolution, units, countHead }: PaperRecipe['network'], features: number): [string, number[]][] {
  const layer = (name: string, ...kernel: number[]): [string, number[]][] => [
    [`${name}/kernel`, kernel],
    [`${name}/bias`, kernel.slice(-1)],
  ];
  return [
    ...(convolution === 'none' ? [] : layer('convolution', convolution.kernel, features, features)),
    ...layer('lstm', features + units, 4 * units), // gates i f c o
    ...layer('embedding', units, units),
    ...(countHead === 'linear' ? layer('rates', units, 2) : layer('density', units, 1)),
    ...layer('class', units, BREATH_CLASSES.length),
    ...layer('noise-embedding', units, units / NOISE_SHARE),
    ...layer('noise', units / NOISE_SHARE, 2),
  ];
}

/** Glorot-uniform kernels and zero biases, but 1 for the LSTM's forget gate. */
export function initialPaperParameters(
  network: PaperRecipe['network'],
  features: number,
  random: Random,
): PaperParameters {
  const parameters = Object.fromEntries(
    shapesOf(network, features).map(([name, shape]) => [name, initialParameter(shape, random)]),
  );
  (parameters['lstm/bias'] as Parameter).values.fill(1, network.units, 2 * network.units);
  return parameters;
}

export function paperParameterCount(parameters: PaperParameters): number {
  return Object.values(parameters).reduce((sum, { values }) => sum + values.length, 0);
}
