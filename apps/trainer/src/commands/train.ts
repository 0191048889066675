import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Calibration, calibrationSchema, provisionalCalibration } from '../evaluation/calibrate.js';
import { writeBundle } from '../export/bundle.js';
import { loadRecipe, methodOf } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/schema.js';
import { cacheRoot } from '../setup/places.js';
import { type BackendName, loadTensorFlow } from '#libs/tensorflow';
import { trainPaperCommand } from './train-paper.js';
import { defaultWorkers, factsOf, openWorkshop, trainOrLoad } from './workshop.js';

export interface TrainOptions {
  data: string;
  noise?: string;
  recipe: string;
  out?: string;
  calibration?: string;
  /** Of people, for recipes of the paper. */
  split?: string;
  seed?: number;
  workers?: number;
  backend: BackendName;
}

/** `trainer train`: one network, exported as a bundle. */
export async function trainCommand(options: TrainOptions): Promise<void> {
  return methodOf(options.recipe) === 'paper' ? trainPaperCommand(options) : trainOnEverybody(options);
}

async function trainOnEverybody(options: TrainOptions): Promise<void> {
  if (options.split !== undefined) {
    throw new EupneaError('USAGE', `--split is for recipes of the paper: ${options.recipe} is trained on everybody`);
  }
  const recipe = loadRecipe(options.recipe);
  const run = {
    seed: options.seed ?? recipe.seed,
    workers: options.workers ?? defaultWorkers(),
    backend: options.backend,
  };
  const calibration = findCalibration(recipe, options.calibration);
  const workshop = openWorkshop(options.data, options.noise, recipe); // faults of the data are told on any machine
  const folder = options.out ?? join('models', recipe.name);
  const tensorflow = () => loadTensorFlow(options.backend);
  const weights = join(cacheRoot(), 'training', recipe.name, 'all.weights.json');
  const parameters = await trainOrLoad(tensorflow, workshop, workshop.sounds, weights, 'all people', run);
  const facts = factsOf(workshop, workshop.sounds, run);
  const { version } = await writeBundle(folder, recipe.name, recipe, parameters, facts, calibration);
  console.log(`${version} in ${folder}`);
}

/** Given, or what `trainer crossvalidate` left beside the recipe's models; without either, provisional values. */
function findCalibration(recipe: Recipe, given?: string): Calibration {
  const file = given ?? join('models', `${recipe.name}-folds`, 'calibration.json');
  if (!existsSync(file)) {
    if (given) throw new EupneaError('FILE_NOT_FOUND', `there is no ${given}`);
    console.error(`No ${file}: thresholds are provisional. \`npm run trainer -- crossvalidate\` measures them.`);
    return provisionalCalibration(recipe);
  }
  const result = calibrationSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (result.success) return result.data;
  throw new EupneaError(
    'DATA_INVALID',
    `${file}: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}
