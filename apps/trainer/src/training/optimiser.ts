import type { Recipe } from '../recipe/schema.js';
import { PARAMETER_NAMES, type Parameters } from '../network/parameters.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

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

/**
 * Adam (Kingma and Ba 2015) with clipped gradients, and the exponential average of the weights that is exported.
 * Plain arithmetic on 70,000 numbers: it costs a millisecond and depends on no backend.
 */
export class Optimiser {
  readonly averages: Parameters;
  private readonly first: Float64Array[];
  private readonly second: Float64Array[];
  private step = 0;

  constructor(
    private readonly parameters: Parameters,
    private readonly settings: Recipe['optimiser'],
  ) {
    const sizes = PARAMETER_NAMES.map((name) => parameters[name].values.length);
    this.first = sizes.map((size) => new Float64Array(size));
    this.second = sizes.map((size) => new Float64Array(size));
    this.averages = Object.fromEntries(
      PARAMETER_NAMES.map((name) => [name, { shape: parameters[name].shape, values: parameters[name].values.slice() }]),
    ) as Parameters;
  }

  /** @param gradients in the order of PARAMETER_NAMES; clipped in place */
  apply(gradients: readonly Float32Array[]): void {
    clipGradients(gradients, this.settings.clipNorm);
    const rate = learningRateAt(this.step, this.settings);
    this.step += 1;
    const correction1 = 1 - BETA1 ** this.step;
    const correction2 = 1 - BETA2 ** this.step;
    const decay = Math.min(this.settings.averageDecay, this.step / (this.step + 9)); // forgets the start sooner
    PARAMETER_NAMES.forEach((name, at) => {
      const { values } = this.parameters[name];
      const average = this.averages[name].values;
      const gradient = gradients[at] as Float32Array;
      const [first, second] = [this.first[at] as Float64Array, this.second[at] as Float64Array];
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i] as number;
        const m = (first[i] = BETA1 * (first[i] as number) + (1 - BETA1) * slope);
        const v = (second[i] = BETA2 * (second[i] as number) + (1 - BETA2) * slope * slope);
        const value = (values[i] as number) - (rate * m) / correction1 / (Math.sqrt(v / correction2) + EPSILON);
        values[i] = value;
        average[i] = decay * (average[i] as number) + (1 - decay) * value;
      }
    });
  }
}
