import { type ExplainingEngine, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fold } from '../data/folds.js';
import { provisionalCalibration } from '../evaluation/calibrate.js';
import { type SegmentObservation, createPredictor, observeSegments } from '../evaluation/observe.js';
import { writeBundle } from '../export/bundle.js';
import type { Parameters } from '../network/parameters.js';
import { progressOf } from './progress.js';
import { type TrainingRun, type Workshop, factsOf, soundsOf, soundsWithout } from './workshop.js';

/** A fold's network, exported and loaded as the services would; its bundle is gone again, for it is not calibrated. */
export async function openFoldEngine(
  workshop: Workshop,
  fold: Fold,
  parameters: Parameters,
  run: TrainingRun,
): Promise<ExplainingEngine> {
  const { recipe, sounds } = workshop;
  const facts = factsOf(workshop, soundsWithout(sounds, fold), run, fold);
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-fold-'));
  try {
    await writeBundle(folder, `${recipe.name}-uncalibrated`, recipe, parameters, facts, provisionalCalibration(recipe));
    return await createOnnxEngine(await loadBundle(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a network says about the segments of people whom it never heard, as recorded and in noise. */
export async function observeFoldSegments(
  workshop: Workshop,
  fold: Fold,
  parameters: Parameters,
  run: TrainingRun,
): Promise<SegmentObservation[]> {
  const { recipe, breath, sounds } = workshop;
  const engine = await openFoldEngine(workshop, fold, parameters, run);
  const held = breath.segments.filter(({ subjectId }) => fold.subjects.has(subjectId));
  const bar = progressOf('observing', held.length);
  const predict = createPredictor(engine, recipe.frontEnd);
  const onProgress = (done: number) => bar.update(done);
  const observed = await observeSegments(predict, soundsOf(sounds, fold), held, { seed: recipe.seed, onProgress });
  bar.stop();
  await engine.close();
  return observed;
}
