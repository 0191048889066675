import { EupneaError } from '#libs/contracts';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertSplitFits, readSplit, splitPeople, writeSplit } from '../data/people-split.js';
import { loadPaperRecipe } from '../recipe/load-recipe.js';
import type { PaperRecipe as PaperRecipeFile } from '../recipe/paper-schema.js';
import type { BackendName, TensorFlow } from '#libs/tensorflow';
import { checkpointKey } from './checkpoint.js';
import { PAPER_RECIPES } from './experiments.js';
import { loadSegmentSet } from './load-segment-set.js';
import { quickRecipe, quickSet } from './quick.js';
import type { PeopleSplit, SegmentSet } from './segment-set.js';
import { trainPaper } from './train.js';
import type { EpochRecord, TrainingResult } from './training-result.js';

export interface CampaignOptions {
  data: string;
  noise?: string;
  out: string;
  seeds: number;
  quick?: boolean;
  /** Names of recipes; without them, all. */
  only?: string[];
  backend: BackendName;
}

/** One recipe with one seed. */
export interface PlannedTraining {
  name: string;
  recipe: PaperRecipeFile;
  seed: number;
  /** Of everything that decides about its numbers. */
  key: string;
}

export interface Campaign {
  out: string;
  set: SegmentSet;
  split: PeopleSplit;
  trainings: readonly PlannedTraining[];
}

/** Ours: the paper states no split. A split.json that lies in the folder already is used instead. */
export const SPLIT_SEED = 1;

/** TensorFlow.js names its backends otherwise than our option does. */
const BACKEND_NAMES: Record<BackendName, string> = { node: 'tensorflow', portable: 'cpu' };

/**
 * Reads recipes and data, deals people into the three parts, and lists every training: all recipes with the first seed,
 * then with the next.
 * @throws EupneaError RECIPE_INVALID, DATA_INVALID, FILE_NOT_FOUND, NOT_AUDIO, USAGE
 */
export function openCampaign(options: CampaignOptions, onSound: (done: number, of: number) => void): Campaign {
  const { data, noise, out, quick = false, backend } = options;
  const recipes = recipeNames(options.only).map((name) => loadPaperRecipe(name));
  const whole = loadSegmentSet(data, { ...(noise ? { noiseFolder: noise } : {}), onProgress: onSound });
  const set = quick ? quickSet(whole) : whole;
  const split = splitIn(out, set);
  const seeds = Array.from({ length: quick ? 1 : options.seeds }, (_, at) => at + 1);
  const trainings = seeds.flatMap((seed) =>
    recipes.map((asWritten): PlannedTraining => {
      const recipe = quick ? quickRecipe(asWritten) : asWritten;
      const key = checkpointKey(recipe, set, split, seed, BACKEND_NAMES[backend]);
      return { name: `${recipe.name}.seed-${seed}`, recipe, seed, key };
    }),
  );
  return { out, set, split, trainings };
}

function recipeNames(only?: readonly string[]): readonly string[] {
  const unknown = only?.find((name) => !(PAPER_RECIPES as readonly string[]).includes(name));
  if (unknown === undefined) return only ?? PAPER_RECIPES;
  throw new EupneaError('USAGE', `--only: '${unknown}' is no recipe of the paper's experiments`, {
    hint: `There are ${PAPER_RECIPES.join(', ')}.`,
  });
}

function splitIn(out: string, set: SegmentSet): PeopleSplit {
  const file = join(out, 'split.json');
  if (!existsSync(file)) {
    mkdirSync(out, { recursive: true });
    writeSplit(file, splitPeople(set, SPLIT_SEED));
  }
  const split = readSplit(file);
  assertSplitFits(split, set);
  return split;
}

const resultFile = ({ out }: Campaign, { name }: PlannedTraining): string => join(out, 'trainings', `${name}.json`);

/** @returns undefined when it has not finished, or was made with other data, recipe, split or backend */
export function finishedResult(campaign: Campaign, training: PlannedTraining): TrainingResult | undefined {
  const file = resultFile(campaign, training);
  if (!existsSync(file)) return undefined;
  const { key, ...result } = JSON.parse(readFileSync(file, 'utf8')) as TrainingResult & { key: string };
  return key === training.key ? result : undefined;
}

/**
 * Trains and keeps the result at one stroke; a stop leaves the checkpoint of the last epoch, from which it goes on.
 * @throws EupneaError of the training, with its name in front
 */
export async function runTraining(
  tf: TensorFlow,
  campaign: Campaign,
  training: PlannedTraining,
  onEpoch: (record: EpochRecord) => void,
): Promise<void> {
  const { out, set, split } = campaign;
  const { name, recipe, seed, key } = training;
  const result = await trainPaper(tf, set, split, recipe, {
    seed,
    checkpointFile: join(out, 'checkpoints', `${name}.json`),
    logFolder: join(out, 'logs', name),
    onEpoch,
  }).catch((error: unknown) => {
    if (!(error instanceof EupneaError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new EupneaError(error.code, `${name}: ${error.message}`, { ...hint, cause: error });
  });
  const file = resultFile(campaign, training);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.partial`, `${JSON.stringify({ key, ...result })}\n`);
  renameSync(`${file}.partial`, file);
}
