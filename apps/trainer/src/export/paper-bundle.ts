import { type Manifest, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NoiseSound } from '../draws/sounds.js';
import { type PaperCalibration, calibratePaper, residualDeviation, trainedRange } from '../paper/calibrate.js';
import { fittedFrontEnd } from '../paper/front-end.js';
import { type Readings, readNetwork, soundOf } from '../paper/readings.js';
import type { PeopleSplit, SegmentSet } from '../paper/segment-set.js';
import type { PaperModel } from '../paper/train.js';
import type { TrainingResult } from '../paper/training-result.js';
import { spectrogramPng } from '../plots/spectrogram.js';
import type { TrainingFacts } from './bundle.js';
import { writeBundleFiles } from './bundle-files.js';
import { paperCard } from './paper-card.js';
import { exportPaperOnnx } from './paper-graph.js';

/** One of the paper's networks, trained, and on what. */
export interface TrainedPaper {
  set: SegmentSet;
  split: PeopleSplit;
  model: PaperModel;
  result: TrainingResult;
  backend: string;
  versions: Record<string, string>;
  /** Breath-free sound that no training hears, to measure with. */
  synthetic: readonly NoiseSound[];
}

/** What a card and a manifest say about a training. */
export interface PaperFacts extends TrainingFacts {
  recipe: string;
  epochs: number;
  bestEpoch: number;
  batch: number;
  split: Pick<PeopleSplit, 'seed' | 'sha256' | 'validation'>;
  /** The value of `rr_std`, per minute. */
  deviation: number;
  /** The most by which the exported network's rate differs from the training backend's, over all segments that it was measured on. */
  largestDifference: number;
}

/**
 * Writes the bundle of one of the paper's networks. The exported network itself is run on the sound of the validation
 * people, who settle thresholds and deviation, and of the evaluation people, who give the card's figures. Both must breathe
 * (`assertPartsBreathe`).
 */
export async function writePaperBundle(folder: string, trained: TrainedPaper): Promise<Manifest> {
  const { set, split, model, result } = trained;
  const { recipe } = model;
  const frontEnd = fittedFrontEnd(recipe, model.statistics);
  const deviation = residualDeviation(result.validation);
  const network = exportPaperOnnx(model, deviation);
  const range = trainedRange(set, split);
  const description = {
    name: recipe.name,
    frontEnd,
    architecture: {
      kind: recipe.network.convolution === 'none' ? 'lstm' : 'tc-lstm',
      parameters: result.parameters,
      ...recipe.network,
    },
  };
  const readings = await readExported(trained, network, {
    ...description,
    thresholds: { pNone: 1, pNoise: 1, relativeStdDev: 1, ...range },
    training: {},
    metrics: {},
  });
  const calibration = calibratePaper(readings, result, recipe, range, set.participants);
  const facts = factsOf(trained, deviation, largestDifference(readings, result));
  const files = {
    model: network,
    card: paperCard(trained, facts, calibration),
    pictures: picturesOf(set, calibration),
  };
  const { thresholds, metrics } = calibration;
  return writeBundleFiles(folder, files, {
    ...description,
    thresholds,
    training: { ...facts, labels: recipe.labels },
    metrics,
  });
}

/** Loads the network as the services would, from a bundle that is gone again, for it is not calibrated. */
async function readExported(
  { set, split, synthetic }: TrainedPaper,
  model: Uint8Array,
  description: Parameters<typeof writeBundleFiles>[2],
): Promise<Readings> {
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-export-'));
  try {
    await writeBundleFiles(folder, { model, card: '' }, description);
    const engine = await createOnnxEngine(await loadBundle(folder));
    try {
      return await readNetwork(engine, description.frontEnd, set, split, synthetic);
    } finally {
      await engine.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function factsOf(trained: TrainedPaper, deviation: number, difference: number): PaperFacts {
  const { set, split, model, result, backend, versions } = trained;
  const { recipe } = model;
  const heard = set.segments.filter(({ subjectId }) => split.train.includes(subjectId));
  return {
    recipe: recipe.name,
    seed: result.seed,
    epochs: result.epochs.length,
    bestEpoch: result.bestEpoch,
    batch: recipe.optimiser.batch,
    people: split.train.length,
    subjects: [...split.train],
    recordings: new Set(heard.map(({ recordingId }) => recordingId)).size,
    segments: heard.length,
    noiseClips: recipe.augmentation === 'none' ? 0 : set.noise.length,
    rates: result.rates,
    dataSha256: set.dataSha256,
    backend,
    versions,
    split: { seed: split.seed, sha256: split.sha256, validation: split.validation },
    heldOut: { subjects: [...split.evaluation], noiseIds: [] },
    deviation,
    largestDifference: difference,
  };
}

function largestDifference({ validation, evaluation }: Readings, result: TrainingResult): number {
  const rates = new Map([...result.validation, ...result.evaluation].map((one) => [one.segmentId, one.predictedRrPerMinute])); // prettier-ignore
  const differences = [...validation, ...evaluation].map(({ segmentId, clean }) =>
    Math.abs(clean.rrPerMinute - Math.max(0, rates.get(segmentId) as number)),
  );
  return Number(Math.max(...differences).toPrecision(2));
}

function picturesOf(set: SegmentSet, { failures }: PaperCalibration): Record<string, Uint8Array> {
  return Object.fromEntries(
    failures.map((segment, at) => [`failure-${at + 1}.png`, spectrogramPng(soundOf(set, segment)).png]),
  );
}
