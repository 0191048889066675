import { EupneaError } from '#libs/contracts';
import type { Batch } from '../draws/batch.js';
import { BatchStream } from '../draws/batch-stream.js';
import { Planner, labelsOf } from '../draws/plan.js';
import { seededRandom } from '../draws/random.js';
import type { Sounds } from '../draws/sounds.js';
import { createObjective } from '../network/objective.js';
import { CLASS_COUNT, type Parameters, initialParameters } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';
import type { TensorFlow } from '../tensorflow/load.js';
import { Optimiser } from './optimiser.js';

export interface TrainingProgress {
  step: number;
  steps: number;
  loss: number;
}

/** Purposes of a seed, so that their random numbers have nothing in common. */
const STREAM = { weights: 1, labels: 2, batches: 3 } as const;

/**
 * Trains for the recipe's fixed number of steps and returns the averaged weights. Same sounds, recipe, seed and backend:
 * same numbers.
 * @param workers threads that render batches
 * @throws EupneaError TRAINING_DIVERGED naming the step
 */
export async function train(
  tf: TensorFlow,
  sounds: Sounds,
  recipe: Recipe,
  { seed = recipe.seed, workers = 1, onStep = (_: TrainingProgress): void => {} } = {},
): Promise<Parameters> {
  const parameters = initialParameters(recipe, seededRandom(seed, STREAM.weights));
  const objective = createObjective(tf, recipe, classWeights(sounds, recipe, seed));
  const optimiser = new Optimiser(parameters, recipe.optimiser);
  const { steps } = recipe.optimiser;
  const stream = new BatchStream({ sounds, recipe, seed: seed * 8 + STREAM.batches }, steps, workers);
  try {
    for (let step = 0; step < steps; step++) {
      const batch: Batch = await stream.take(step);
      const { loss, gradients } = objective(batch, parameters);
      assertFinite(loss, step);
      optimiser.apply(gradients);
      onStep({ step: step + 1, steps, loss });
    }
  } finally {
    await stream.close();
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

const PLANS_FOR_WEIGHTS = 4096;

/** 1 / (number of classes x share of the class), from the plans of many items; no sound is needed for that. */
export function classWeights(sounds: Sounds, recipe: Recipe, seed: number): number[] {
  const planner = new Planner(sounds.recordings, sounds.noise, recipe.draws);
  const random = seededRandom(seed, STREAM.labels);
  const counts = new Array<number>(CLASS_COUNT).fill(0);
  for (let i = 0; i < PLANS_FOR_WEIGHTS; i++) {
    const { breathClass } = labelsOf(planner.plan(random), recipe.labels);
    counts[breathClass] = (counts[breathClass] as number) + 1;
  }
  return counts.map((count) => PLANS_FOR_WEIGHTS / (CLASS_COUNT * Math.max(1, count)));
}
