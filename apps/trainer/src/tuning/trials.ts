import { groupBy } from '#libs/agreement';
import { z } from 'zod';
import { seededRandom } from '../draws/random.js';
import type { Recipe } from '../recipe/schema.js';
import { type Drawn, type Range, withValues } from './ranges.js';

/** The stream of a seed that draws values; no other work draws from it. */
const VALUE_STREAM = 8;

const agreementSchema = z.strictObject({ ccc: z.number(), mae: z.number() });

/** One line of trials.jsonl. */
export const trialSchema = z.strictObject({
  /** Of all that decides about the figures. */
  key: z.string(),
  /** 0 is the recipe as it stands. */
  trial: z.int().min(0),
  /** What was drawn, by path. */
  values: z.record(z.string(), z.unknown()),
  /** Absent where the training diverged. */
  measured: z
    .strictObject({
      meanCcc: z.number(),
      /** 95 % interval of the mean CCC, by person. */
      interval: z.strictObject({ lower: z.number(), upper: z.number() }),
      columns: z.record(z.string(), agreementSchema),
    })
    .optional(),
});
export type Trial = z.infer<typeof trialSchema>;
export type MeasuredTrial = Trial & { measured: NonNullable<Trial['measured']> };

export interface PlannedTrial {
  trial: number;
  values: Drawn;
  recipe: Recipe;
}

/**
 * The trials of a seed: first the recipe as it stands, then random ones; what was drawn before is left out. A larger
 * budget begins with the same trials.
 * @throws EupneaError RECIPE_INVALID when values do not go together
 */
export function planTrials(recipe: Recipe, ranges: readonly Range[], budget: number, seed: number): PlannedTrial[] {
  const trials = Array.from({ length: budget }, (_, trial) => {
    const random = seededRandom(seed, VALUE_STREAM, trial);
    const values = trial === 0 ? {} : Object.fromEntries(ranges.map(({ path, draw }) => [path, draw(random)]));
    return { trial, values, recipe: withValues(recipe, values, `trial ${trial}`) };
  });
  return [...groupBy(trials, (trial) => JSON.stringify(trial.recipe)).values()].map(([first]) => first as PlannedTrial);
}

/** Those that were measured, from the best to the worst. */
export function ranked(trials: readonly Trial[]): MeasuredTrial[] {
  const measured = trials.filter((trial): trial is MeasuredTrial => trial.measured !== undefined);
  return measured.sort((a, b) => b.measured.meanCcc - a.measured.meanCcc || a.trial - b.trial);
}

/** Named after what decides about the figures as well, so that other searches in the same folder have their own. */
export const trialFolder = (trial: number, key: string): string => `trial-${trial}-${key.slice(0, 8)}`;
