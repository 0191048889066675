import type { Manifest } from '#libs/breath-model';
import type { Calibration } from '../evaluation/calibrate.js';
import { type Parameters, parameterCount } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';
import { writeBundleFiles } from './bundle-files.js';
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
  /** Who was heard, by name. */
  subjects: string[];
  versions: Record<string, string>;
  /** People and clips that a fold's network never saw. */
  heldOut?: { subjects: string[]; noiseIds: string[] };
}

/** Writes the bundle of a network of our own method. */
export async function writeBundle(
  folder: string,
  name: string,
  recipe: Recipe,
  parameters: Parameters,
  facts: TrainingFacts,
  calibration: Calibration,
): Promise<Manifest> {
  const files = {
    model: exportOnnx(recipe, parameters, calibration.deviationScale),
    card: modelCard(name, recipe, parameterCount(parameters), facts, calibration),
  };
  const { steps, batch } = recipe.optimiser;
  return writeBundleFiles(folder, files, {
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
