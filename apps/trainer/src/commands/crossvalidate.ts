import { type ModelBundle, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fold, dealFolds } from '../data/folds.js';
import { seededRandom } from '../draws/random.js';
import { deviationScaleOf, provisionalCalibration, scaleDeviations, thresholdsOf } from '../evaluation/calibrate.js';
import { type Observations, observe } from '../evaluation/observe.js';
import { cleanInterval, summarise } from '../evaluation/summarise.js';
import { writeBundle } from '../export/bundle.js';
import type { Parameters } from '../network/parameters.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { cacheRoot } from '../setup/places.js';
import { type BackendName, loadTensorFlow } from '#libs/tensorflow';
import { progressOf } from './progress.js';
import { printSummary } from './print-summary.js';
import { type TrainingRun, type Workshop, defaultWorkers, factsOf, openWorkshop, soundsOf, soundsWithout, trainOrLoad } from './workshop.js'; // prettier-ignore

export interface CrossvalidateOptions {
  data: string;
  noise?: string;
  recipe: string;
  out?: string;
  seed?: number;
  workers?: number;
  backend: BackendName;
}

/** The stream of a seed that deals people into folds; the folds stay when the training's seed changes. */
const FOLD_STREAM = 4;
const BOOTSTRAP_STREAM = 5;

/** `trainer crossvalidate`: one network per fold that never saw the fold's people, measured on them; all pooled. */
export async function crossvalidateCommand(options: CrossvalidateOptions): Promise<void> {
  const recipe = loadRecipe(options.recipe);
  const run = {
    seed: options.seed ?? recipe.seed,
    workers: options.workers ?? defaultWorkers(),
    backend: options.backend,
  };
  const workshop = openWorkshop(options.data, options.noise, recipe);
  const out = options.out ?? join('models', `${recipe.name}-folds`);
  const subjects = workshop.sounds.recordings.map(({ subjectId }) => subjectId);
  const folds = dealFolds(
    subjects,
    workshop.sounds.noise,
    recipe.evaluation.folds,
    seededRandom(recipe.seed, FOLD_STREAM),
  );

  const tensorflow = () => loadTensorFlow(options.backend);
  const trained: Parameters[] = [];
  const pooled: Observations = { segments: [], free: [], recordings: [] };
  for (const [index, fold] of folds.entries()) {
    const weights = join(cacheRoot(), 'training', recipe.name, `fold-${index}.weights.json`);
    const what = `fold ${index + 1} of ${folds.length}`;
    const sounds = soundsWithout(workshop.sounds, fold);
    trained.push(await trainOrLoad(tensorflow, workshop, sounds, weights, what, run));
    const observed = await observeFold(workshop, fold, trained[index] as Parameters, join(out, `fold-${index}`), run);
    for (const key of ['segments', 'free', 'recordings'] as const) pooled[key].push(...(observed[key] as never[]));
  }

  const deviationScale = deviationScaleOf(pooled);
  const scaled = scaleDeviations(pooled, deviationScale);
  const thresholds = thresholdsOf(scaled, recipe);
  const facts = factsOf(workshop, workshop.sounds, run);
  const summary = summarise(scaled, { thresholds, rateDeviation: facts.rates.deviation, ...recipe.labels });
  const cccInterval = cleanInterval(scaled, seededRandom(recipe.seed, BOOTSTRAP_STREAM));
  const calibration = { deviationScale, thresholds, metrics: { ...summary }, cccInterval };
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'calibration.json'), `${JSON.stringify(calibration, null, 2)}\n`);
  for (const [index, fold] of folds.entries()) {
    const foldFacts = factsOf(workshop, soundsWithout(workshop.sounds, fold), run, fold);
    const name = `${recipe.name}-fold-${index}`;
    await writeBundle(join(out, `fold-${index}`), name, recipe, trained[index] as Parameters, foldFacts, calibration);
  }
  writeFolds(join(out, 'folds.json'), folds);
  console.log(
    `95 % interval of the clean CCC by person: ${cccInterval.lower.toFixed(3)} to ${cccInterval.upper.toFixed(3)}`,
  );
  printSummary(summary);
}

async function observeFold(
  workshop: Workshop,
  fold: Fold,
  parameters: Parameters,
  folder: string,
  run: TrainingRun,
): Promise<Observations> {
  const { recipe, breath, sounds } = workshop;
  const facts = factsOf(workshop, soundsWithout(sounds, fold), run, fold);
  await writeBundle(folder, `${recipe.name}-uncalibrated`, recipe, parameters, facts, provisionalCalibration(recipe));
  const bundle: ModelBundle = await loadBundle(folder);
  const engine = await createOnnxEngine(bundle);
  const held = breath.segments.filter(({ subjectId }) => fold.subjects.has(subjectId));
  const bar = progressOf('observing', held.length);
  const { windowSeconds, hopSeconds } = recipe.evaluation;
  const observed = await observe(engine, soundsOf(sounds, fold), held, {
    seed: recipe.seed,
    frontEnd: recipe.frontEnd,
    windowSeconds,
    hopSeconds,
    onProgress: (done) => bar.update(done),
  });
  bar.stop();
  await engine.close();
  return observed;
}

/** Which people and clips each fold's network never saw. */
function writeFolds(file: string, folds: readonly Fold[]): void {
  const rows = folds.map(({ subjects, noiseIds }, index) => ({
    bundle: `fold-${index}`,
    heldOutSubjects: [...subjects].sort(),
    heldOutNoise: [...noiseIds].sort(),
  }));
  writeFileSync(file, `${JSON.stringify({ folds: rows }, null, 2)}\n`);
}
