import { createHash } from 'node:crypto';
import { z } from 'zod';
import { frontEndSchema } from './front-end-schema.js';

export const MANIFEST_FILE = 'manifest.json';
export const MODEL_FILE = 'model.onnx';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected the 64 hexadecimal digits of a SHA-256');
const probability = z.number().min(0).max(1);
const positive = z.number().positive();

/** When a window's rate is accepted, and what is said when it is not; see `qualityOf`. */
const thresholds = z.strictObject({
  /** No rate from this probability of no breathing on. */
  pNone: probability,
  /** A rate that is not accepted is called noisy from this probability of noise on. */
  pNoise: probability,
  /** No rate when its standard deviation is above this share of it. */
  relativeStdDev: positive,
  /** Rates per minute outside lowest..highest are near the ends of what the network can say, and out of range. */
  lowestRate: positive,
  highestRate: positive,
});

/** What stands in a bundle's manifest.json. */
export const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and hyphens'),
  /** `modelVersionOf` of the rest. */
  version: z.string(),
  createdAt: z.iso.datetime().optional(),
  frontEnd: frontEndSchema,
  thresholds,
  /** For the reader: kind of network, sizes, number of parameters. */
  architecture: z.record(z.string(), z.unknown()),
  /** Recipe, seeds and data that it was trained with. */
  training: z.looseObject({ dataSha256: sha256.optional() }),
  /** Results on held-out people, as `trainer evaluate --json` prints them. */
  metrics: z.record(z.string(), z.unknown()),
  /** Every other file of the bundle and its SHA-256. */
  files: z
    .record(z.string().regex(/^[\w-][\w.-]*$/, 'expected a plain file name'), sha256)
    .refine((files) => MODEL_FILE in files, `expected an entry for ${MODEL_FILE}`),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Thresholds = Manifest['thresholds'];

/**
 * `name@` and the first 12 digits of a hash over everything that an estimate depends on: network, front end and
 * thresholds. Estimates are identified by it, so nothing may change what comes out and keep the version.
 */
export function modelVersionOf(manifest: Pick<Manifest, 'name' | 'frontEnd' | 'thresholds' | 'files'>): string {
  const { name, frontEnd, thresholds, files } = manifest;
  const essence = JSON.stringify([files[MODEL_FILE], sorted(frontEnd), sorted(thresholds)]);
  return `${name}@${createHash('sha256').update(essence).digest('hex').slice(0, 12)}`;
}

/** A value whose JSON does not depend on the order of keys: objects become lists of their entries. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, member]) => [key, sorted(member)]);
}
