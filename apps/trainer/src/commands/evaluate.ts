import { variance } from '#libs/agreement';
import { type Thresholds, loadBundle } from '#libs/breath-model';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FITTED_FILE, type FittedBaselines, readFittedBaselines } from '../baselines/fitted.js';
import { readPacedData } from '../data/paced-data.js';
import { unheardSyntheticNoise } from '../data/synthetic-noise.js';
import { type Predictor, createPredictor, observe } from '../evaluation/observe.js';
import { type PacedAgreement, pacedAgreement } from '../evaluation/paced.js';
import { summarise } from '../evaluation/summarise.js';
import { type EngineName, openEngine } from './engine.js';
import { readMeasuredData, warnOfOwnData } from './measured-data.js';
import { printSummary } from './print-summary.js';
import { progressOf } from './progress.js';

export interface EvaluateOptions {
  model: string;
  data: string;
  noise?: string;
  paced?: string;
  engine: EngineName;
  baselines: string;
  seed: number;
  json?: boolean;
}

/** As the estimator cuts a stream. */
const GRID = { windowSeconds: 6, hopSeconds: 3 };

/** What this command reads of a manifest's training facts, with METHOD's thresholds where a bundle names none. */
const trainingFacts = z.object({
  rates: z.object({ deviation: z.number().positive() }).optional(),
  labels: z
    .object({ heavyTrainingThreshold: z.number(), heavyEventThreshold: z.number() })
    .default({ heavyTrainingThreshold: 30, heavyEventThreshold: 25 }),
});

/** `trainer evaluate`: a bundle on any folder laid out like coswara-breath, noise only where --noise names a folder. */
export async function evaluateCommand(options: EvaluateOptions): Promise<void> {
  const bundle = await loadBundle(options.model);
  const { frontEnd, thresholds, training } = bundle.manifest;
  const facts = trainingFacts.parse(training);
  const data = readMeasuredData(options.data, options.noise);
  const { breath, sounds } = data;
  warnOfOwnData(options.model, training, data);
  const fittedBaselines = findFittedBaselines(options.baselines);
  const engine = await openEngine(bundle, options.engine);
  const bar = progressOf('evaluating', breath.segments.length);
  const observations = await observe(engine, sounds, breath.segments, {
    seed: options.seed,
    frontEnd,
    ...GRID,
    synthetic: unheardSyntheticNoise(),
    ...(fittedBaselines ? { fittedBaselines } : {}),
    onProgress: (done) => bar.update(done),
  });
  bar.stop();
  const paced = options.paced
    ? await measurePaced(options.paced, createPredictor(engine, frontEnd), thresholds)
    : undefined;
  await engine.close();
  const references = breath.segments.map(({ rrPerMinute }) => rrPerMinute);
  const rateDeviation = facts.rates?.deviation ?? Math.sqrt(variance(references));
  const summary = summarise(observations, { thresholds, rateDeviation, ...facts.labels });
  printSummary({ ...summary, ...(paced ? { paced } : {}) }, { json: options.json ?? false });
}

function findFittedBaselines(folder: string): FittedBaselines | undefined {
  const file = join(folder, FITTED_FILE);
  if (existsSync(file)) return readFittedBaselines(file);
  console.error(`No ${file}: peak counting and kernel ridge are left out. \`npm run trainer -- baselines\` fits them.`);
  return undefined;
}

async function measurePaced(folder: string, predict: Predictor, thresholds: Thresholds): Promise<PacedAgreement> {
  const minutes = readPacedData(folder);
  const bar = progressOf('paced minutes', minutes.length);
  const agreement = await pacedAgreement(predict, minutes, GRID, thresholds, (done) => bar.update(done));
  bar.stop();
  return agreement;
}
