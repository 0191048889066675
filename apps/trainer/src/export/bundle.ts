import { type Manifest, writeManifest } from '#libs/breath-model';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Calibration } from '../evaluation/calibrate.js';
import { type Parameters, parameterCount } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';
import { modelCard } from './model-card.js';
import { exportOnnx } from './onnx-graph.js';

/** What a network was trained on. */
export interface TrainingFacts {
  seed: number;
  people: number;
  recordings: number;
  segments: number;
  noiseClips: number;
  /** Of the reference rates of the segments, per minute. */
  rates: { mean: number; deviation: number };
  dataSha256: string;
  backend: string;
  /** People and clips that a fold's network never saw. */
  heldOut?: { subjects: string[]; noiseIds: string[] };
}

const BUNDLE_FILES = ['model.onnx', 'MODEL_CARD.md', 'manifest.json'];

/** Writes a whole model bundle: the network, its card and, last, the manifest with the hashes of both. */
export async function writeBundle(
  folder: string,
  name: string,
  recipe: Recipe,
  parameters: Parameters,
  facts: TrainingFacts,
  calibration: Calibration,
): Promise<Manifest> {
  mkdirSync(folder, { recursive: true });
  for (const file of BUNDLE_FILES) if (existsSync(join(folder, file))) rmSync(join(folder, file));
  writeFileSync(join(folder, 'model.onnx'), exportOnnx(recipe, parameters, calibration.deviationScale));
  writeFileSync(join(folder, 'MODEL_CARD.md'), modelCard(name, recipe, parameterCount(parameters), facts, calibration));
  const { steps, batch } = recipe.optimiser;
  return writeManifest(folder, {
    name,
    frontEnd: recipe.frontEnd,
    thresholds: calibration.thresholds,
    architecture: {
      kind: recipe.network.lstmUnits > 0 ? 'tc-lstm' : 'temporal-convolution',
      parameters: parameterCount(parameters),
      ...recipe.network,
    },
    training: {
      recipe: recipe.name,
      steps,
      batch,
      ...facts,
      labels: recipe.labels,
      deviationScale: calibration.deviationScale,
    },
    metrics: calibration.metrics,
  });
}
