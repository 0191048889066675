import { mean, variance } from '#libs/agreement';
import { EupneaError } from '#libs/contracts';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BreathData, readBreathData } from '../data/breath-data.js';
import { type Fold, dealFolds } from '../data/folds.js';
import { findDataFolders, hashData } from '../data/folders.js';
import { readNoiseData } from '../data/noise-data.js';
import { syntheticNoise } from '../data/synthetic-noise.js';
import { type TrainingItem } from '../draws/item.js';
import { itemsOf, openBank } from '../draws/item-bank.js';
import { seededRandom } from '../draws/random.js';
import { type Sounds, readSounds } from '../draws/sounds.js';
import type { TrainingFacts } from '../export/bundle.js';
import type { Parameters } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';
import type { BackendName, TensorFlow } from '#libs/tensorflow';
import { cacheRoot } from '../setup/places.js';
import { softwareVersions } from '../setup/versions.js';
import { bankKeyOf, keyOf, loadWeights, saveWeights } from '../training/checkpoint.js';
import { train } from '../training/train.js';
import { progressOf } from './progress.js';

/** Data, sounds and recipe: what every training of a run shares. */
export interface Workshop {
  recipe: Recipe;
  breath: BreathData;
  /** As recorded. */
  sounds: Sounds;
  dataSha256: string;
  /** The items of a seed; rendered, or read where they were rendered before, the first time that they are wanted. */
  bank: (seed: number) => Promise<TrainingItem[]>;
}

/**
 * Reads and checks the data and decodes every sound.
 * @throws EupneaError DATA_INVALID, FILE_NOT_FOUND, NOT_AUDIO
 */
export function openWorkshop(
  data: string,
  noiseFolder: string | undefined,
  recipe: Recipe,
  workers = defaultWorkers(),
): Workshop {
  const folders = findDataFolders(data, noiseFolder);
  if (folders.noise === undefined) {
    throw new EupneaError(
      'DATA_INVALID',
      `${data}: training needs a noise folder (with noise.csv) beside the breath folder`,
      {
        hint: 'Name one with --noise FOLDER.',
      },
    );
  }
  const breath = readBreathData(folders.breath);
  const noise = readNoiseData(folders.noise);
  const bar = progressOf('decoding', breath.recordings.size + noise.length);
  let files = 0;
  const sounds = readSounds(breath, noise, recipe.draws.recombination.quietSeconds, () => bar.update(++files));
  bar.stop();
  const dataSha256 = hashData([folders.breath, folders.noise]);
  return { recipe, breath, sounds, dataSha256, bank: bankOf(recipe, sounds, dataSha256, workers) };
}

/** Where the items are kept that a key of `bankKeyOf` decides about. */
export const bankFile = (key: string): string => join(cacheRoot(), 'training', 'items', `${key}.bin`);

function bankOf(recipe: Recipe, sounds: Sounds, dataSha256: string, workers: number): Workshop['bank'] {
  const banks = new Map<number, Promise<TrainingItem[]>>();
  const render = async (seed: number): Promise<TrainingItem[]> => {
    const file = bankFile(bankKeyOf({ recipe, dataSha256, seed }));
    const all = { ...sounds, noise: [...sounds.noise, ...syntheticNoise(seed, recipe.draws.syntheticClips)] };
    const bar = progressOf('rendering items', recipe.draws.items);
    const items = await openBank({ sounds: all, recipe, seed }, file, {
      workers,
      onProgress: (done) => bar.update(done),
    });
    bar.stop();
    return items;
  };
  return (seed) => {
    const known = banks.get(seed) ?? render(seed);
    banks.clear(); // one at a time: it is large
    banks.set(seed, known);
    return known;
  };
}

/** The stream of a seed that deals people into folds; the folds stay when the training's seed changes. */
const FOLD_STREAM = 4;

/** The recipe's folds of people, always the same for the same data. */
export function foldsOf({ recipe, sounds }: Workshop): Fold[] {
  const subjects = sounds.recordings.map(({ subjectId }) => subjectId);
  return dealFolds(subjects, sounds.noise, recipe.evaluation.folds, seededRandom(recipe.seed, FOLD_STREAM));
}

/** The part of the sounds that a training may hear: everything but a fold. */
export function soundsWithout({ recordings, noise }: Sounds, fold: Fold): Sounds {
  return {
    recordings: recordings.filter(({ subjectId }) => !fold.subjects.has(subjectId)),
    noise: noise.filter(({ noiseId }) => !fold.noiseIds.has(noiseId)),
  };
}

export function soundsOf({ recordings, noise }: Sounds, fold: Fold): Sounds {
  return {
    recordings: recordings.filter(({ subjectId }) => fold.subjects.has(subjectId)),
    noise: noise.filter(({ noiseId }) => fold.noiseIds.has(noiseId)),
  };
}

export interface TrainingRun {
  seed: number;
  workers: number;
  backend: BackendName;
}

export const defaultWorkers = (): number => availableParallelism();

/** Trains on some of the sounds, or takes the weights that the same training gave before. */
export async function trainOrLoad(
  tf: () => Promise<TensorFlow>,
  workshop: Workshop,
  sounds: Sounds,
  weightsFile: string,
  what: string,
  { seed }: TrainingRun,
): Promise<Parameters> {
  const { recipe, dataSha256 } = workshop;
  const recordingIds = sounds.recordings.map(({ recordingId }) => recordingId);
  const key = keyOf({ recipe, dataSha256, seed, recordingIds, noiseIds: sounds.noise.map(({ noiseId }) => noiseId) });
  const known = loadWeights(weightsFile, key);
  if (known) {
    console.error(`${what}: weights from ${weightsFile}`);
    return known;
  }
  const items = itemsOf(await workshop.bank(seed), sounds);
  const bar = progressOf(what, recipe.optimiser.steps);
  const startedAt = performance.now();
  const parameters = await train(await tf(), items, recipe, {
    seed,
    onStep: ({ step, loss }) => bar.update(step, `loss ${loss.toFixed(3)}`),
  });
  bar.stop();
  console.error(`${what}: trained in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  saveWeights(weightsFile, key, parameters);
  return parameters;
}

export function factsOf(
  workshop: Workshop,
  sounds: Sounds,
  { seed, backend }: TrainingRun,
  fold?: Fold,
): TrainingFacts {
  const recordings = new Set(sounds.recordings.map(({ recordingId }) => recordingId));
  const segments = workshop.breath.segments.filter(({ recordingId }) => recordings.has(recordingId));
  const rates = segments.map(({ rrPerMinute }) => rrPerMinute);
  const subjects = [...new Set(sounds.recordings.map(({ subjectId }) => subjectId))].sort();
  return {
    seed,
    people: subjects.length,
    subjects,
    recordings: recordings.size,
    segments: segments.length,
    noiseClips: sounds.noise.length,
    rates: { mean: mean(rates), deviation: Math.sqrt(variance(rates)) },
    dataSha256: workshop.dataSha256,
    backend,
    versions: softwareVersions(),
    ...(fold ? { heldOut: { subjects: [...fold.subjects].sort(), noiseIds: [...fold.noiseIds].sort() } } : {}),
  };
}
