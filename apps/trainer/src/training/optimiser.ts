import type { Recipe } from '../recipe/schema.js';
import { PARAMETER_NAMES, type Parameters } from '../network/parameters.js';
import { Adam } from './adam.js';

const MOMENTS = { beta1: 0.9, beta2: 0.999 };

/** Learning rate of a step: linear warm-up, then half a cosine down to the final share. */
export function learningRateAt(step: number, settings: Recipe['optimiser']): number {
  const { learningRate, warmUpSteps, steps, finalRateShare } = settings;
  if (step < warmUpSteps) return (learningRate * (step + 1)) / warmUpSteps;
  const progress = (step - warmUpSteps) / Math.max(1, steps - warmUpSteps);
  return learningRate * (finalRateShare + (1 - finalRateShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** Scales the gradients in place so that their common Euclidean norm is at most `most`; returns the norm before. */
export function clipGradients(gradients: readonly Float32Array[], most: number): number {
  let squares = 0;
  for (const gradient of gradients) for (const value of gradient) squares += value * value;
  const norm = Math.sqrt(squares);
  if (norm > most) {
    for (const gradient of gradients) {
      for (let i = 0; i < gradient.length; i++) gradient[i] = ((gradient[i] as number) * most) / norm;
    }
  }
  return norm;
}

/** Adam with clipped gradients, and the exponential average of the weights that is exported. */
export class Optimiser {
  readonly averages: Parameters;
  private readonly adam: Adam;

  constructor(
    private readonly parameters: Parameters,
    private readonly settings: Recipe['optimiser'],
  ) {
    this.adam = new Adam(
      PARAMETER_NAMES.map((name) => parameters[name].values),
      MOMENTS,
    );
    this.averages = Object.fromEntries(
      PARAMETER_NAMES.map((name) => [name, { shape: parameters[name].shape, values: parameters[name].values.slice() }]),
    ) as Parameters;
  }

  /** @param gradients in the order of PARAMETER_NAMES; clipped in place */
  apply(gradients: readonly Float32Array[]): void {
    clipGradients(gradients, this.settings.clipNorm);
    this.adam.apply(gradients, learningRateAt(this.adam.steps, this.settings));
    const decay = Math.min(this.settings.averageDecay, this.adam.steps / (this.adam.steps + 9)); // forgets the start sooner
    for (const name of PARAMETER_NAMES) {
      const { values } = this.parameters[name];
      const average = this.averages[name].values;
      for (let i = 0; i < values.length; i++) {
        average[i] = decay * (average[i] as number) + (1 - decay) * (values[i] as number);
      }
    }
  }
}
