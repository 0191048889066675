import { EupneaError } from '#libs/contracts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../draws/random.js';
import { SEGMENTS_FILE } from '../evaluation/out-of-fold.js';
import { readRateTable } from '../evaluation/read-rate-table.js';
import { rounded } from '../evaluation/rounded.js';
import type { Recipe } from '../recipe/schema.js';
import { tunedRecipe } from '../tuning/best-recipe.js';
import { meanCccDifference } from '../tuning/score.js';
import { type MeasuredTrial, type Trial, ranked, trialFolder } from '../tuning/trials.js';
import { PEOPLE_STREAM } from './run-trials.js';

interface Search {
  recipe: Recipe;
  /** With the steps and folds of the search. */
  searched: Recipe;
  /** The file. */
  ranges: string;
  out: string;
}

const SHOWN_TRIALS = 10;

/** Prints the best trials, writes the best recipe, and ends with one line of JSON. */
export function reportTuning({ recipe, searched, ranges, out }: Search, trials: readonly Trial[]): void {
  const order = ranked(trials);
  const [best] = order;
  if (!best) {
    throw new EupneaError('TRAINING_DIVERGED', 'every trial diverged', { hint: 'Lower the learning rates.' });
  }
  printTrials(order, trials.length);
  const own = order.find(({ trial }) => trial === 0);
  const difference = own && own !== best ? differenceOf(best, own, searched, out) : undefined;
  const verdict = verdictText(best, own, difference);
  console.log(verdict);
  const source = `Trial ${best.trial} of a search over ${ranges}, from the recipe ${recipe.name}.`;
  const file = join(out, 'best.yaml');
  writeFileSync(file, tunedRecipe(recipe, best.values, [source, ...verdict.split('\n')]));
  if (best !== own) console.error(`${file} is the best recipe. \`trainer crossvalidate --seeds 3\` and \`trainer compare\` tell whether it is better.`); // prettier-ignore
  const { steps } = searched.optimiser;
  const { trial, values, measured } = best;
  const facts = { recipe: recipe.name, steps, folds: searched.evaluation.folds, trials: trials.length };
  const failed = trials.length - order.length;
  const difference95 = difference ? { differenceFromRecipe: difference } : {};
  console.log(JSON.stringify({ ...facts, failed, best: { trial, values, ...measured }, ...difference95, file }));
}

interface Difference {
  difference: number;
  lower: number;
  upper: number;
}

function differenceOf(best: Trial, own: Trial, { seed }: Recipe, out: string): Difference {
  const tableOf = ({ trial, key }: Trial) => {
    const folder = trialFolder(trial, key);
    return readRateTable(folder, join(out, folder, SEGMENTS_FILE), 'predicted_rr_bpm');
  };
  const random = seededRandom(seed, PEOPLE_STREAM);
  const { difference, lower, upper } = meanCccDifference(tableOf(best), tableOf(own), random);
  return { difference: rounded(difference), lower: rounded(lower), upper: rounded(upper) };
}

function printTrials(order: readonly MeasuredTrial[], all: number): void {
  console.log('trial  mean CCC  [95 % by person]   clean   10 dB  values');
  for (const { trial, values, measured } of order.slice(0, SHOWN_TRIALS)) {
    const { meanCcc, interval, columns } = measured;
    const range = `[${interval.lower.toFixed(3)}, ${interval.upper.toFixed(3)}]`;
    const [clean, snr10] = [columns['clean'], columns['snr10']].map((column) => column?.ccc.toFixed(3) ?? '-');
    const drawn = Object.entries(values).map(([path, value]) => `${path} ${JSON.stringify(value)}`);
    const figures = `${meanCcc.toFixed(3).padStart(10)}${range.padStart(18)}${clean?.padStart(8)}${snr10?.padStart(8)}`;
    console.log(`${String(trial).padStart(5)}${figures}  ${drawn.join(', ') || 'the recipe as it stands'}`);
  }
  if (all > order.length) console.log(`${all - order.length} of ${all} trials diverged.`);
}

/** So that nobody believes noise. */
function verdictText(best: Trial, own: Trial | undefined, difference: Difference | undefined): string {
  if (best === own) return 'No trial was better than the recipe as it stands.';
  if (!difference) return 'The recipe as it stands diverged, so that there is nothing to compare with.';
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(3)}`;
  const interval = `${signed(difference.difference)} [${signed(difference.lower)}, ${signed(difference.upper)}]`;
  const meaning =
    difference.lower > 0
      ? 'It lies above 0; the best of many trials looks better than it is, all the same.'
      : 'It holds 0: the trial may be no better than the recipe.';
  return `Trial ${best.trial} - the recipe, in mean CCC, with the 95 % interval by person: ${interval}.\n${meaning}`;
}
