import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { PeopleSplit, SegmentSet } from './segment-set.js';
import type { EpochRecord } from './training-result.js';

/**
 * All that a training knows between two epochs. The random numbers of an epoch depend on the seed and its number alone,
 * so its number is their state.
 */
export interface TrainingState {
  /** Weights, and those of the best epoch, in the order of the parameters. */
  weights: Float32Array[];
  bestWeights: Float32Array[];
  /** 0 before the first. */
  bestEpoch: number;
  moments: { first: Float64Array[]; second: Float64Array[] };
  /** Steps of the optimiser. */
  steps: number;
  records: EpochRecord[];
  seconds: number;
}

/** What decides about the numbers of a training. */
export function checkpointKey(
  recipe: PaperRecipe,
  set: Pick<SegmentSet, 'dataSha256'>,
  split: Pick<PeopleSplit, 'sha256'>,
  seed: number,
  backend: string,
): string {
  const { frontEnd, windowNormalisation, labels, network, loss, optimiser, augmentation } = recipe; // not its name
  const essence = [frontEnd, windowNormalisation, labels, network, loss, optimiser, augmentation];
  const parts = [essence, set.dataSha256, split.sha256, seed, backend];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Replaces the file at one stroke, so that a stop in the middle leaves the former one. */
export function saveCheckpoint(file: string, key: string, state: TrainingState): void {
  mkdirSync(dirname(file), { recursive: true });
  const { weights, bestWeights, moments, ...rest } = state;
  const arrays = {
    weights: weights.map(toBase64),
    bestWeights: bestWeights.map(toBase64),
    first: moments.first.map(toBase64),
    second: moments.second.map(toBase64),
  };
  writeFileSync(`${file}.partial`, JSON.stringify({ key, ...rest, arrays }));
  renameSync(`${file}.partial`, file);
}

type Saved = Omit<TrainingState, 'weights' | 'bestWeights' | 'moments'> & {
  key: string;
  arrays: Record<'weights' | 'bestWeights' | 'first' | 'second', string[]>;
};

/** @returns undefined when there is none, or it belongs to another training */
export function loadCheckpoint(file: string, key: string): TrainingState | undefined {
  if (!existsSync(file)) return undefined;
  const { key: savedKey, arrays, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Saved;
  if (savedKey !== key) return undefined;
  return {
    ...rest,
    weights: arrays.weights.map((text) => new Float32Array(bytesOf(text))),
    bestWeights: arrays.bestWeights.map((text) => new Float32Array(bytesOf(text))),
    moments: {
      first: arrays.first.map((text) => new Float64Array(bytesOf(text))),
      second: arrays.second.map((text) => new Float64Array(bytesOf(text))),
    },
  };
}

const toBase64 = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** In a buffer of their own, so that they are aligned. */
const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, 'base64')).buffer;
