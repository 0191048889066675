import { EupneaError } from '#libs/contracts';
import { batches } from '../draws/batch.js';
import type { TrainingItem } from '../draws/item.js';
import { seededRandom } from '../draws/random.js';
import { createObjective } from '../network/objective.js';
import { CLASS_COUNT, type Parameters, initialParameters } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';
import type { TensorFlow } from '#libs/tensorflow';
import { Optimiser } from './optimiser.js';

export interface TrainingProgress {
  step: number;
  steps: number;
  loss: number;
}

/** Purposes of a seed, so that their random numbers have nothing in common. */
const STREAM = { weights: 1, batches: 3 } as const;

/**
 * Trains for the recipe's fixed number of steps and returns the averaged weights. Same items, recipe, seed and backend:
 * same numbers.
 * @throws EupneaError TRAINING_DIVERGED naming the step
 */
export async function train(
  tf: TensorFlow,
  items: readonly TrainingItem[],
  recipe: Recipe,
  { seed = recipe.seed, onStep = (_: TrainingProgress): void => {} } = {},
): Promise<Parameters> {
  const parameters = initialParameters(recipe, seededRandom(seed, STREAM.weights));
  const objective = createObjective(tf, recipe, classWeights(items));
  const optimiser = new Optimiser(parameters, recipe.optimiser);
  const { steps, batch: size } = recipe.optimiser;
  const source = batches(items, size, recipe.network.firstStride, seededRandom(seed, STREAM.batches));
  for (let step = 0; step < steps; step++) {
    const { loss, gradients } = objective(source.next().value, parameters);
    assertFinite(loss, step);
    optimiser.apply(gradients);
    onStep({ step: step + 1, steps, loss });
    await new Promise((resolve) => setImmediate(resolve)); // progress and Ctrl-C get their turn
  }
  return optimiser.averages;
}

/** @throws EupneaError TRAINING_DIVERGED */
export function assertFinite(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new EupneaError('TRAINING_DIVERGED', `the loss is ${loss} in step ${step + 1}`, {
    hint: 'Lower optimiser.learningRate in the recipe, or look for silent or broken recordings.',
  });
}

/** 1 / (number of classes x share of the class). */
export function classWeights(items: readonly TrainingItem[]): number[] {
  const counts = new Array<number>(CLASS_COUNT).fill(0);
  for (const { breathClass } of items) counts[breathClass] = (counts[breathClass] as number) + 1;
  return counts.map((count) => items.length / (CLASS_COUNT * Math.max(1, count)));
}
