import { type ModelBundle, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { EupneaError } from '#libs/contracts';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BASELINES_FOLDER, FITTED_FILE, OUT_OF_FOLD_FILE, readFittedBaselines } from '../baselines/fitted.js';
import {
  BASELINE_NAMES,
  type BaselineName,
  FITTED_BASELINES,
  baselineNamed,
  commandLineName,
} from '../baselines/rates.js';
import { seededRandom } from '../draws/random.js';
import { compareTables } from '../evaluation/compare.js';
import { createPredictor, observeSegments } from '../evaluation/observe.js';
import { observeBaselines } from '../evaluation/observe-baselines.js';
import { type RateTable, baselineTableOf, networkTable } from '../evaluation/rate-table.js';
import { readRateTable } from '../evaluation/read-rate-table.js';
import { SEGMENTS_FILE } from '../evaluation/out-of-fold.js';
import { type MeasuredData, readMeasuredData, warnOfOwnData } from './measured-data.js';
import { wholeNumber } from './options.js';
import { printComparison } from './print-comparison.js';
import { progressOf } from './progress.js';

interface CompareOptions {
  data?: string;
  noise?: string;
  baselines: string;
  seed: number;
  json?: boolean;
}

const NAMES = BASELINE_NAMES.map(commandLineName).join(', ');

/** `trainer compare`: two models on the same segments, with intervals of their difference over people. */
export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('two models on the same segments: the difference in CCC and MAE, with 95 % intervals over people')
    .argument('<A>', `a folder, or a baseline: ${NAMES}`)
    .argument('<B>', 'the same')
    .option('--data <folder>', 'runs bundles and fitted baselines on recordings laid out like coswara-breath')
    .option('--noise <folder>', 'laid out like noise: adds the noisy columns')
    .option('--baselines <folder>', 'written by trainer baselines', BASELINES_FOLDER)
    .option('--seed <number>', 'of the noise draws and of the bootstrap', wholeNumber, 1)
    .option('--json', 'print nothing but the line of JSON')
    .addHelpText(
      'after',
      `
Without --data, A and B are compared out of fold, from what \`crossvalidate\` and \`baselines\` wrote: name folders of
folds. With --data, name bundles.

Examples:
  npm run trainer -- compare models/default-folds kernel-ridge
  npm run trainer -- compare models/default models/other --data FOLDER --noise FOLDER --json`,
    )
    .action((a: string, b: string, options: CompareOptions) => compareCommand(a, b, options));
}

async function compareCommand(a: string, b: string, options: CompareOptions): Promise<void> {
  if (options.noise !== undefined && options.data === undefined) {
    throw new EupneaError('USAGE', '--noise needs --data', { hint: 'npm run trainer -- compare --help' });
  }
  const [ofA, ofB] = options.data === undefined ? outOfFold([a, b], options) : await measured([a, b], options.data, options); // prettier-ignore
  const comparison = compareTables(ofA, ofB, () => seededRandom(options.seed));
  printComparison(comparison, { json: options.json ?? false });
}

type Pair<T> = [a: T, b: T];

/** Reads what cross-validations wrote. */
function outOfFold(names: Pair<string>, options: CompareOptions): Pair<RateTable> {
  return names.map((name) => {
    const baseline = baselineNamed(name);
    if (baseline) return readRateTable(name, join(options.baselines, OUT_OF_FOLD_FILE), baseline);
    const file = join(name, SEGMENTS_FILE);
    if (!existsSync(file)) {
      throw new EupneaError('FILE_NOT_FOUND', `${file} does not exist, and no baseline is named '${name}'`, {
        hint: `Without --data, name folders of \`trainer crossvalidate\`, or baselines: ${NAMES}. Bundles need --data.`,
      });
    }
    return readRateTable(name, file, 'predicted_rr_bpm');
  }) as Pair<RateTable>;
}

/** Runs both on the same segments and noisy copies. */
async function measured(names: Pair<string>, folder: string, options: CompareOptions): Promise<Pair<RateTable>> {
  const models = await Promise.all(names.map(async (name) => baselineNamed(name) ?? (await loadBundle(name))));
  const data = readMeasuredData(folder, options.noise);
  const tables: RateTable[] = [];
  for (const [at, model] of models.entries()) {
    const name = names[at] as string;
    tables.push(typeof model === 'string' ? runBaseline(name, model, data, options) : await runBundle(name, model, data, options.seed)); // prettier-ignore
  }
  return tables as Pair<RateTable>;
}

async function runBundle(name: string, bundle: ModelBundle, data: MeasuredData, seed: number): Promise<RateTable> {
  const { breath, sounds } = data;
  warnOfOwnData(name, bundle.manifest.training, data);
  const engine = await createOnnxEngine(bundle);
  const bar = progressOf(name, breath.segments.length);
  const predict = createPredictor(engine, bundle.manifest.frontEnd);
  const onProgress = (done: number) => bar.update(done);
  const observed = await observeSegments(predict, sounds, breath.segments, { seed, onProgress });
  bar.stop();
  await engine.close();
  return networkTable(name, observed);
}

function runBaseline(name: string, baseline: BaselineName, data: MeasuredData, options: CompareOptions): RateTable {
  const { breath, sounds } = data;
  const fitted = FITTED_BASELINES.includes(baseline)
    ? readFittedBaselines(join(options.baselines, FITTED_FILE))
    : undefined;
  if (fitted) warnOfOwnData(name, fitted.trainedOn, data);
  return baselineTableOf(name, baseline, observeBaselines(sounds, breath.segments, fitted, options.seed));
}
