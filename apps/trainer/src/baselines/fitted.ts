import { EupneaError } from '#libs/contracts';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { KernelRidge } from './kernel-ridge.js';
import { FEATURES } from './periodicity-features.js';

export const BASELINES_FOLDER = 'models/baselines';
export const FITTED_FILE = 'fitted.json';
/** Rates that baselines gave for people whom their fit had not heard. */
export const OUT_OF_FOLD_FILE = 'out-of-fold.csv';

/** What the baselines learnt from training people: small enough to be committed. */
const fittedBaselinesSchema = z.strictObject({
  trainedOn: z.strictObject({
    people: z.int(),
    segments: z.int(),
    noiseClips: z.int(),
    seed: z.int(),
    /** Absent in a cross-validation's. */
    dataSha256: z.string().optional(),
  }),
  /** rate = intercept + slope x peaks per minute. */
  peakCounting: z.strictObject({ slope: z.number(), intercept: z.number() }),
  kernelRidge: z.strictObject({
    sharpness: z.number().positive(),
    offset: z.number(),
    weights: z.array(z.number()).min(1),
    /** [landmarks, FEATURES] as quantised bytes, in base64. */
    landmarks: z.base64(),
  }),
});
export type FittedBaselines = z.infer<typeof fittedBaselinesSchema>;

/** Features lie between 0.3 ln 0.001 = -2.07 and 1: a byte each is fine enough. */
const LOWEST = -2.1;
const BYTE_STEP = 3.1 / 255;

/** Rounds features to what a byte can say, so that a fit sees the landmarks as they will be stored. */
export function asStored(features: Float64Array): Float64Array {
  return restored(bytesOf(features));
}

const bytesOf = (features: Float64Array): Uint8Array =>
  Uint8Array.from(features, (value) => Math.max(0, Math.min(255, Math.round((value - LOWEST) / BYTE_STEP))));
const restored = (bytes: Uint8Array): Float64Array => Float64Array.from(bytes, (byte) => LOWEST + byte * BYTE_STEP);

export function packKernelRidge({
  sharpness,
  offset,
  weights,
  landmarks,
}: KernelRidge): FittedBaselines['kernelRidge'] {
  const short = (value: number): number => Number(value.toPrecision(8));
  const bytes = Buffer.concat(landmarks.map(bytesOf)).toString('base64');
  return { sharpness: short(sharpness), offset: short(offset), weights: weights.map(short), landmarks: bytes };
}

export function unpackKernelRidge({ landmarks, ...rest }: FittedBaselines['kernelRidge']): KernelRidge {
  const bytes = Buffer.from(landmarks, 'base64');
  const rows = rest.weights.map((_, at) => restored(bytes.subarray(at * FEATURES, (at + 1) * FEATURES)));
  return { ...rest, landmarks: rows };
}

export function writeFittedBaselines(file: string, fitted: FittedBaselines): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(fitted)}\n`);
}

/** @throws EupneaError FILE_NOT_FOUND or MODEL_BROKEN */
export function readFittedBaselines(file: string): FittedBaselines {
  const hint = '`npm run trainer -- baselines --data FOLDER` fits them.';
  if (!existsSync(file)) throw new EupneaError('FILE_NOT_FOUND', `there are no fitted baselines in ${file}`, { hint });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new EupneaError('MODEL_BROKEN', `${file} is no JSON`, { hint, cause });
  }
  const result = fittedBaselinesSchema.safeParse(content);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new EupneaError('MODEL_BROKEN', `${file}: ${faults.join('; ')}`, { hint });
  }
  const { weights, landmarks } = result.data.kernelRidge;
  const bytes = Buffer.from(landmarks, 'base64').length;
  if (bytes !== weights.length * FEATURES) {
    throw new EupneaError('MODEL_BROKEN', `${file}: ${bytes} bytes of landmarks for ${weights.length} weights`, {
      hint,
    });
  }
  return result.data;
}
