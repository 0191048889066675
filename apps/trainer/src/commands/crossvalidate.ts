import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitBaselines } from '../baselines/fit.js';
import type { FittedBaselines } from '../baselines/fitted.js';
import type { Fold } from '../data/folds.js';
import { unheardSyntheticNoise } from '../data/synthetic-noise.js';
import { seededRandom } from '../draws/random.js';
import { type Calibration, deviationScaleOf, scaleDeviations, thresholdsOf } from '../evaluation/calibrate.js';
import { type ObserveOptions, type Observations, noObservations, observe, pool } from '../evaluation/observe.js';
import { breakdown } from '../evaluation/breakdown.js';
import { worstRecordings } from '../evaluation/failures.js';
import { SEGMENTS_FILE, type SeededObservations, segmentTable, windowTable } from '../evaluation/out-of-fold.js';
import { type Summary, cccIntervals, meanOf, summarise } from '../evaluation/summarise.js';
import { writeBundle } from '../export/bundle.js';
import type { Parameters } from '../network/parameters.js';
import { spectrogramPng } from '../plots/spectrogram.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { cacheRoot } from '../setup/places.js';
import { type BackendName, loadTensorFlow } from '#libs/tensorflow';
import { openFoldEngine } from './fold-network.js';
import { progressOf } from './progress.js';
import { printSummary } from './print-summary.js';
import { type TrainingRun, type Workshop, defaultWorkers, factsOf, foldsOf, openWorkshop, soundsOf, soundsWithout, trainOrLoad } from './workshop.js'; // prettier-ignore

export interface CrossvalidateOptions {
  data: string;
  noise?: string;
  recipe: string;
  out?: string;
  seed?: number;
  seeds: number;
  workers?: number;
  backend: BackendName;
}

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
  const folds = foldsOf(workshop);
  const baselines = folds.map((fold) =>
    fitBaselines(soundsWithout(workshop.sounds, fold), workshop.breath.segments, recipe.seed),
  );

  const seeds: SeededObservations[] = [];
  const exported: Parameters[] = [];
  for (let seed = run.seed; seed < run.seed + options.seeds; seed++) {
    const networks = await trainFolds(workshop, folds, { ...run, seed });
    if (seed === run.seed) exported.push(...networks);
    seeds.push({ seed, observations: await observeFolds(workshop, folds, networks, baselines, { ...run, seed }) });
  }

  const calibration = calibrate(seeds, workshop, run);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'calibration.json'), `${JSON.stringify(calibration, null, 2)}\n`);
  const scaled = seeds.map(({ seed, observations }) => ({
    seed,
    observations: scaleDeviations(observations, calibration.deviationScale),
  }));
  writeFileSync(join(out, SEGMENTS_FILE), segmentTable(scaled, calibration.thresholds));
  writeFileSync(join(out, 'windows.csv'), windowTable(scaled, calibration.thresholds));
  for (const [index, fold] of folds.entries()) {
    const facts = factsOf(workshop, soundsWithout(workshop.sounds, fold), run, fold);
    const name = `${recipe.name}-fold-${index}`;
    await writeBundle(join(out, `fold-${index}`), name, recipe, exported[index] as Parameters, facts, calibration);
  }
  writeFolds(join(out, 'folds.json'), folds);
  for (const { recordingId, picture } of calibration.failures ?? []) {
    const sound = workshop.sounds.recordings.find((recording) => recording.recordingId === recordingId);
    if (sound) writeFileSync(join(out, picture), spectrogramPng(sound.samples).png);
  }
  for (const [column, { lower, upper }] of Object.entries(calibration.cccIntervals ?? {})) {
    console.log(`95 % interval of the CCC by person, ${column}: ${lower.toFixed(3)} to ${upper.toFixed(3)}`);
  }
  printSummary(calibration.metrics as unknown as Summary);
}

async function trainFolds(workshop: Workshop, folds: readonly Fold[], run: TrainingRun): Promise<Parameters[]> {
  const { recipe, sounds } = workshop;
  const networks: Parameters[] = [];
  for (const [index, fold] of folds.entries()) {
    const file = join(cacheRoot(), 'training', recipe.name, `fold-${index}.seed-${run.seed}.weights.json`);
    const what = `seed ${run.seed}, fold ${index + 1} of ${folds.length}`;
    const tensorflow = () => loadTensorFlow(run.backend);
    networks.push(await trainOrLoad(tensorflow, workshop, soundsWithout(sounds, fold), file, what, run));
  }
  return networks;
}

/** Every fold's network on the people and clips that it never heard; all pooled. */
async function observeFolds(
  workshop: Workshop,
  folds: readonly Fold[],
  networks: readonly Parameters[],
  baselines: readonly FittedBaselines[],
  run: TrainingRun,
): Promise<Observations> {
  const pooled = noObservations();
  const synthetic = unheardSyntheticNoise();
  for (const [index, fold] of folds.entries()) {
    const fittedBaselines = baselines[index] as FittedBaselines;
    const extras = { synthetic, fittedBaselines };
    pool(pooled, await observeFold(workshop, fold, networks[index] as Parameters, extras, run));
  }
  return pooled;
}

/** One scale and one set of thresholds from all seeds; the figures are means over the seeds. */
function calibrate(seeds: readonly SeededObservations[], workshop: Workshop, run: TrainingRun): Calibration {
  const { recipe } = workshop;
  const pooled = noObservations();
  for (const { observations } of seeds) pool(pooled, observations);
  const deviationScale = deviationScaleOf(pooled);
  const thresholds = thresholdsOf(scaleDeviations(pooled, deviationScale), recipe);
  const rateDeviation = factsOf(workshop, workshop.sounds, run).rates.deviation;
  const summaries = seeds.map(({ observations }) =>
    summarise(scaleDeviations(observations, deviationScale), { thresholds, rateDeviation, ...recipe.labels }),
  );
  const first = (seeds[0] as SeededObservations).observations;
  return {
    deviationScale,
    thresholds,
    seeds: seeds.length,
    metrics: { ...meanOf(summaries) },
    groups: breakdown(pooled.segments, workshop.breath.participants),
    failures: worstRecordings(scaleDeviations(first, deviationScale).recordings, thresholds),
    cccIntervals: cccIntervals(first, () => seededRandom(recipe.seed, BOOTSTRAP_STREAM)),
  };
}

async function observeFold(
  workshop: Workshop,
  fold: Fold,
  parameters: Parameters,
  extras: Pick<ObserveOptions, 'synthetic' | 'fittedBaselines'>,
  run: TrainingRun,
): Promise<Observations> {
  const { recipe, breath, sounds } = workshop;
  const engine = await openFoldEngine(workshop, fold, parameters, run);
  const held = breath.segments.filter(({ subjectId }) => fold.subjects.has(subjectId));
  const bar = progressOf('observing', held.length);
  const { windowSeconds, hopSeconds } = recipe.evaluation;
  const observed = await observe(engine, soundsOf(sounds, fold), held, {
    seed: recipe.seed,
    frontEnd: recipe.frontEnd,
    windowSeconds,
    hopSeconds,
    ...extras,
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
