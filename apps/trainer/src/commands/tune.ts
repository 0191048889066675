import { EupneaError } from '#libs/contracts';
import type { Command } from 'commander';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRecipe } from '../recipe/load-recipe.js';
import { cacheRoot } from '../setup/places.js';
import { parseRanges } from '../tuning/ranges.js';
import { planTrials } from '../tuning/trials.js';
import { atLeastOne, wholeNumber, withDataOptions, withMachineOptions } from './options.js';
import { reportTuning } from './report-tuning.js';
import { type TrialOptions, runTrials } from './run-trials.js';

type TuneOptions = Omit<TrialOptions, 'out'> & {
  recipe: string;
  ranges: string;
  budget: number;
  seed: number;
  steps?: number;
  folds?: number;
  out?: string;
};

/** `trainer tune`: random search over values of a recipe, every trial cross-validated by person. */
export function addTuneCommand(program: Command): void {
  withMachineOptions(withDataOptions(program.command('tune')))
    .description('random search over values of a recipe, each trial cross-validated by person')
    .requiredOption('--ranges <file>', 'YAML: which values, and between what')
    .option(
      '--budget <number>',
      'how many trials; the first is the recipe as it stands, and none is run twice',
      atLeastOne,
      20,
    )
    .option('--seed <number>', 'of the values that are drawn', wholeNumber, 1)
    .option('--steps <number>', "of each training, instead of the recipe's", atLeastOne)
    .option('--folds <number>', "deals people into so many folds, instead of the recipe's", atLeastOne)
    .option('--out <folder>', 'keeps finished trials and takes best.yaml (default: .eupnea/tuning/RECIPE)')
    .addHelpText(
      'after',
      `
A ranges file:
  optimiser.learningRate: { between: [0.002, 0.02], scale: log }
  loss.phase: { between: [0, 0.6] }
  network.lstmUnits: { oneOf: [0, 16, 32] }

Ranges of draws, frontEnd, labels or network.firstStride need a new set of items for nearly every trial, and rendering
takes long; all others share one set. Stopped, the same command goes on; a larger budget adds trials.
It ends with one line of JSON.

Example:
  npm run trainer -- tune --data ../shared/data --recipe default --ranges ranges.yaml --budget 20 --steps 500`,
    )
    .action((options: TuneOptions) => tuneCommand(options));
}

async function tuneCommand(options: TuneOptions): Promise<void> {
  if (options.folds === 1) throw new EupneaError('USAGE', '--folds 1: it takes two to cross-validate');
  if (!existsSync(options.ranges)) throw new EupneaError('FILE_NOT_FOUND', `there is no ${options.ranges}`);
  const recipe = loadRecipe(options.recipe);
  const searched = structuredClone(recipe);
  if (options.steps !== undefined) searched.optimiser.steps = options.steps;
  if (options.folds !== undefined) searched.evaluation.folds = options.folds;
  const ranges = parseRanges(readFileSync(options.ranges, 'utf8'), options.ranges, searched);
  const planned = planTrials(searched, ranges, options.budget, options.seed);
  const out = options.out ?? join(cacheRoot(), 'tuning', recipe.name);
  mkdirSync(out, { recursive: true });
  const trials = await runTrials(planned, { ...options, out });
  reportTuning({ recipe, searched, ranges: options.ranges, out }, trials);
}
