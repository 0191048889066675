import { groupBy } from '#libs/agreement';
import { EupneaError } from '#libs/contracts';
import { type BackendName, loadTensorFlow } from '#libs/tensorflow';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../draws/random.js';
import { provisionalCalibration } from '../evaluation/calibrate.js';
import { type SegmentObservation, noObservations } from '../evaluation/observe.js';
import { SEGMENTS_FILE, segmentTable } from '../evaluation/out-of-fold.js';
import { networkTable } from '../evaluation/rate-table.js';
import { rounded } from '../evaluation/rounded.js';
import { figuresOf } from '../learning-curve/curve.js';
import { bankKeyOf, keyOf } from '../training/checkpoint.js';
import { meanCcc, meanCccInterval } from '../tuning/score.js';
import { type PlannedTrial, type Trial, trialFolder, trialSchema } from '../tuning/trials.js';
import { observeFoldSegments } from './fold-network.js';
import { keptResults } from './kept-results.js';
import { timeLeft } from './time-left.js';
import { type TrainingRun, type Workshop, bankFile, defaultWorkers, foldsOf, openWorkshop, soundsWithout, trainOrLoad } from './workshop.js'; // prettier-ignore

export interface TrialOptions {
  data: string;
  noise?: string;
  /** Keeps finished trials, and what each said about every segment. */
  out: string;
  workers?: number;
  backend: BackendName;
}

/** The stream of a seed that draws people for intervals. */
export const PEOPLE_STREAM = 9;

/** Holds the finished folds of an unfinished trial. */
const RUNNING = 'running';

/** Runs what no earlier run did; trials with the same items share them. */
export async function runTrials(planned: readonly PlannedTrial[], options: TrialOptions): Promise<Trial[]> {
  const { recipe } = planned[0] as PlannedTrial;
  const run = { seed: recipe.seed, workers: options.workers ?? defaultWorkers(), backend: options.backend };
  const open = (of: PlannedTrial) => openWorkshop(options.data, options.noise, of.recipe, run.workers);
  const own = open(planned[0] as PlannedTrial);
  const keyed = planned.map((trial) => ({ ...trial, key: trialKey(trial, own, run) }));
  const kept = keptResults(join(options.out, 'trials.jsonl'), trialSchema);
  const pending = keyed.filter(({ key }) => !kept.find(key));
  console.error(`${planned.length} trials, ${planned.length - pending.length} of them finished before`);

  const bankOf = (trial: PlannedTrial) => bankKeyOf({ ...own, recipe: trial.recipe, seed: run.seed });
  const ownBank = bankOf(planned[0] as PlannedTrial);
  const groups = groupBy(pending, bankOf);
  if (groups.size > 1) console.error(`The ranges need ${groups.size} sets of items, each rendered anew: this is slow.`);
  const last = groups.get(ownBank);
  if (last && groups.delete(ownBank)) groups.set(ownBank, last); // its items stay in memory, and one set is enough
  const onDone = timeLeft('trials', pending.length);
  for (const [bank, trials] of groups) {
    const hadItems = existsSync(bankFile(bank));
    const workshop = bank === ownBank ? own : open(trials[0] as PlannedTrial);
    for (const { key, trial, values, recipe: changed } of trials) {
      const measured = await runTrial({ ...workshop, recipe: changed }, run, options.out, trialFolder(trial, key));
      kept.add({ key, trial, values, ...(measured ? { measured } : {}) });
      onDone();
    }
    if (bank !== ownBank && !hadItems) rmSync(bankFile(bank), { force: true }); // large, and hardly wanted again
  }
  rmSync(join(options.out, RUNNING), { recursive: true, force: true });
  return keyed.flatMap(({ key }) => kept.find(key) ?? []);
}

/** Cross-validates one recipe. @returns undefined when its training diverged */
async function runTrial(
  workshop: Workshop,
  run: TrainingRun,
  out: string,
  folder: string,
): Promise<Trial['measured'] | undefined> {
  const observed: SegmentObservation[] = [];
  const folds = foldsOf(workshop);
  for (const [index, fold] of folds.entries()) {
    const file = join(out, RUNNING, `fold-${index}.weights.json`);
    const what = `${folder}, fold ${index + 1} of ${folds.length}`;
    const tensorflow = () => loadTensorFlow(run.backend);
    try {
      const sounds = soundsWithout(workshop.sounds, fold);
      const parameters = await trainOrLoad(tensorflow, workshop, sounds, file, what, run);
      observed.push(...(await observeFoldSegments(workshop, fold, parameters, run)));
    } catch (error) {
      if (!(error instanceof EupneaError) || error.code !== 'TRAINING_DIVERGED') throw error;
      console.error(`${what}: ${error.message}; the trial counts as failed`);
      return undefined;
    }
  }
  const { thresholds } = provisionalCalibration(workshop.recipe);
  mkdirSync(join(out, folder), { recursive: true });
  const observations = { ...noObservations(), segments: observed };
  writeFileSync(join(out, folder, SEGMENTS_FILE), segmentTable([{ seed: run.seed, observations }], thresholds));
  const table = networkTable(folder, observed);
  const { lower, upper } = meanCccInterval(table, seededRandom(run.seed, PEOPLE_STREAM));
  return {
    meanCcc: rounded(meanCcc(table)),
    interval: { lower: rounded(lower), upper: rounded(upper) },
    columns: figuresOf(observed),
  };
}

/** Of a trial's number and all that decides about its figures. */
function trialKey({ trial, recipe }: PlannedTrial, workshop: Workshop, { seed, backend }: TrainingRun): string {
  const { dataSha256, sounds } = workshop;
  const folds = foldsOf({ ...workshop, recipe }).map((fold) => {
    const { recordings, noise } = soundsWithout(sounds, fold);
    const recordingIds = recordings.map(({ recordingId }) => recordingId);
    return keyOf({ recipe, dataSha256, seed, recordingIds, noiseIds: noise.map(({ noiseId }) => noiseId) });
  });
  return createHash('sha256')
    .update(JSON.stringify([trial, folds, backend]))
    .digest('hex');
}
