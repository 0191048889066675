import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { TensorFlow } from '#libs/tensorflow';
import { openTrainingLog } from '../training/training-log.js';
import { checkpointKey, loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { type BatchProgress, EpochTraining } from './epochs.js';
import { prepareExamples } from './examples.js';
import type { TargetScale } from './network.js';
import { type PaperParameters, paperParameterCount } from './parameters.js';
import type { PeopleSplit, SegmentSet } from './segment-set.js';
import type { Statistics } from './standardisation.js';
import type { EpochRecord, TrainingResult } from './training-result.js';

export interface PaperTrainingOptions {
  seed: number;
  /** Written after every epoch; a training of the same recipe, data, split, seed and backend goes on from it. */
  checkpointFile?: string;
  /** For TensorBoard; the portable backend writes nothing there. */
  logFolder?: string;
  /** Segments whose features are computed, which comes first. */
  onSegment?: (done: number, segments: number) => void;
  /** @param epochs at most */
  onEpoch?: (record: EpochRecord, epochs: number) => void;
  onBatch?: (progress: BatchProgress) => void;
}

/** A trained network and all that is needed to run it. */
export interface PaperModel {
  recipe: PaperRecipe;
  parameters: PaperParameters;
  scale: TargetScale;
  statistics: Statistics;
  /** Width of a frame. */
  width: number;
}

/** Trains one of the paper's networks and measures it: `trainPaperModel` without the network itself. */
export async function trainPaper(
  tf: TensorFlow,
  set: SegmentSet,
  split: PeopleSplit,
  recipe: PaperRecipe,
  options: PaperTrainingOptions,
): Promise<TrainingResult> {
  return (await trainPaperModel(tf, set, split, recipe, options)).result;
}

/**
 * Trains by epochs until the validation CCC of RR has not risen for `patience` of them, takes the weights of the best
 * epoch (Section IV), and runs them on the validation and evaluation people. Same data, split, recipe, seed and backend:
 * same numbers, with or without a stop in between.
 * @throws EupneaError TRAINING_DIVERGED naming the step (the checkpoint of the last good epoch stays), DATA_INVALID
 */
export async function trainPaperModel(
  tf: TensorFlow,
  set: SegmentSet,
  split: PeopleSplit,
  recipe: PaperRecipe,
  { seed, checkpointFile, logFolder, onSegment, onEpoch, onBatch = () => {} }: PaperTrainingOptions,
): Promise<{ result: TrainingResult; model: PaperModel }> {
  const examples = prepareExamples(set, split, recipe, seed, onSegment);
  const key = checkpointKey(recipe, set, split, seed, tf.getBackend());
  const saved = checkpointFile === undefined ? undefined : loadCheckpoint(checkpointFile, key);
  const training = new EpochTraining(tf, recipe, examples, seed, saved);
  const log = logFolder === undefined ? undefined : openTrainingLog(tf, logFolder);
  while (!training.isFinished) {
    const { record, lambdas } = await training.epoch(onBatch);
    if (checkpointFile !== undefined) saveCheckpoint(checkpointFile, key, training.state);
    log?.write(record.epoch, scalarsOf(record, lambdas));
    onEpoch?.(record, recipe.optimiser.epochs);
  }
  training.useBest();
  const { parameters, scale, state } = training;
  const result = {
    recipe: recipe.name,
    seed,
    parameters: paperParameterCount(parameters),
    seconds: state.seconds,
    bestEpoch: state.bestEpoch,
    epochs: state.records,
    rates: scale.rates,
    validation: training.predict(examples.validation),
    evaluation: training.predict(examples.evaluation),
  };
  const { statistics, width } = examples;
  return { result, model: { recipe, parameters, scale, statistics, width } };
}

function scalarsOf(record: EpochRecord, lambdas: Record<string, number>): Record<string, number> {
  const under = (folder: string, values: Record<string, number>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${folder}/${name}`, value]));
  return {
    'loss/mixture': record.trainingLoss,
    ...under('loss', record.losses),
    ...under('lambda', lambdas),
    'validation/ccc': record.validationCcc,
  };
}
