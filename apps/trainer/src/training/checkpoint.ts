import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PARAMETER_NAMES, type Parameters } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';

/** What decides about the weights: training with the same key gives the same ones. */
export interface TrainingKey {
  recipe: Recipe;
  dataSha256: string;
  seed: number;
  /** Everybody and every clip that was trained on. */
  recordingIds: readonly string[];
  noiseIds: readonly string[];
}

export function keyOf({ recipe, ...rest }: TrainingKey): string {
  const { frontEnd, labels, network, loss, optimiser, draws } = recipe; // not how it is evaluated, nor its name
  const essence = JSON.stringify([frontEnd, labels, network, loss, optimiser, draws, rest]);
  return createHash('sha256').update(essence).digest('hex');
}

/** What decides about the items of a bank. */
export function bankKeyOf({ recipe, ...rest }: Omit<TrainingKey, 'recordingIds' | 'noiseIds'>): string {
  const { frontEnd, labels, network, draws } = recipe;
  return createHash('sha256')
    .update(JSON.stringify([frontEnd, labels, network.firstStride, draws, rest]))
    .digest('hex');
}

/** Keeps finished weights, so that an interrupted cross-validation goes on with the next fold. */
export function saveWeights(file: string, key: string, parameters: Parameters): void {
  mkdirSync(dirname(file), { recursive: true });
  const weights = PARAMETER_NAMES.map((name) => {
    const { shape, values } = parameters[name];
    return { name, shape, values: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64') };
  });
  writeFileSync(file, JSON.stringify({ key, weights }));
}

/** @returns undefined when there are none, or they were trained with another key */
export function loadWeights(file: string, key: string): Parameters | undefined {
  if (!existsSync(file)) return undefined;
  const saved = JSON.parse(readFileSync(file, 'utf8')) as {
    key: string;
    weights: { name: string; shape: number[]; values: string }[];
  };
  if (saved.key !== key) return undefined;
  const entries = saved.weights.map(({ name, shape, values }) => {
    const bytes = Uint8Array.from(Buffer.from(values, 'base64')); // a copy of its own: aligned to its buffer
    return [name, { shape, values: new Float32Array(bytes.buffer) }];
  });
  return Object.fromEntries(entries) as Parameters;
}
