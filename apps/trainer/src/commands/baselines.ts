import type { Command } from 'commander';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitBaselines } from '../baselines/fit.js';
import { BASELINES_FOLDER, FITTED_FILE, OUT_OF_FOLD_FILE, writeFittedBaselines } from '../baselines/fitted.js';
import { baselineTable } from '../baselines/out-of-fold.js';
import { baselineAgreement } from '../evaluation/baseline-agreement.js';
import { type BaselineSegment, observeBaselines } from '../evaluation/observe-baselines.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { withDataOptions } from './options.js';
import { printBaselines } from './print-summary.js';
import { progressOf } from './progress.js';
import { foldsOf, openWorkshop, soundsOf, soundsWithout } from './workshop.js';

interface BaselinesOptions {
  data: string;
  noise?: string;
  recipe: string;
  out: string;
}

export function addBaselinesCommand(program: Command): void {
  withDataOptions(program.command('baselines'))
    .description('fits what a network must beat: out of fold to measure it, then on everybody for `evaluate`')
    .option('--out <folder>', `where ${FITTED_FILE} and ${OUT_OF_FOLD_FILE} go`, BASELINES_FOLDER)
    .addHelpText(
      'after',
      '\nFolds, seed and noisy copies are those of `crossvalidate` with the same recipe. Ends with one line of JSON.\n\nExample:\n  npm run trainer -- baselines --data ../shared/data',
    )
    .action((options: BaselinesOptions) => baselinesCommand(options));
}

/** `trainer baselines`: writes the fitted baselines and their out-of-fold rates. */
function baselinesCommand(options: BaselinesOptions): void {
  const recipe = loadRecipe(options.recipe);
  const workshop = openWorkshop(options.data, options.noise, recipe);
  const { breath, sounds, dataSha256 } = workshop;
  const folds = foldsOf(workshop);
  const bar = progressOf('fitting', folds.length + 1);
  const observed: BaselineSegment[] = [];
  for (const [index, fold] of folds.entries()) {
    const fitted = fitBaselines(soundsWithout(sounds, fold), breath.segments, recipe.seed);
    observed.push(...observeBaselines(soundsOf(sounds, fold), breath.segments, fitted, recipe.seed));
    bar.update(index + 1);
  }
  const fitted = fitBaselines(sounds, breath.segments, recipe.seed);
  bar.update(folds.length + 1);
  bar.stop();
  mkdirSync(options.out, { recursive: true });
  const { trainedOn, ...rest } = fitted;
  writeFittedBaselines(join(options.out, FITTED_FILE), { trainedOn: { ...trainedOn, dataSha256 }, ...rest });
  writeFileSync(join(options.out, OUT_OF_FOLD_FILE), baselineTable(observed));
  const agreement = baselineAgreement(observed);
  console.log('Out of fold:');
  printBaselines(agreement);
  console.log(JSON.stringify(agreement));
}
