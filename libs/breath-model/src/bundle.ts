import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';
import { MANIFEST_FILE, MODEL_FILE, type Manifest, manifestSchema, modelVersionOf } from './manifest.js';

/** A folder with model.onnx, manifest.json and MODEL_CARD.md, read and checked. */
export interface ModelBundle {
  folder: string;
  manifest: Manifest;
  /** The bytes of model.onnx. */
  model: Uint8Array;
}

const HINT =
  'Export the bundle again (npm run trainer -- train --help), or restore the folder from the release it came from.';

/**
 * Reads a bundle and checks every file in it against the manifest.
 * @throws EupneaError MODEL_MISSING without a manifest in the folder; MODEL_BROKEN when the manifest is unusable (also
 * when it asks for a front end that is not implemented), or a file is missing or does not match its hash
 */
export async function loadBundle(folder: string): Promise<ModelBundle> {
  const manifest = parseManifest(folder, await readManifest(folder));
  const contents = await Promise.all(
    Object.entries(manifest.files).map(async ([name, expected]) => {
      const content = await readFile(join(folder, name)).catch((cause: unknown) => {
        throw broken(folder, `${name} cannot be read`, cause);
      });
      const found = sha256(content);
      if (found !== expected) throw broken(folder, `${name} has SHA-256 ${found}, and the manifest says ${expected}`);
      return [name, content] as const;
    }),
  );
  const model = contents.find(([name]) => name === MODEL_FILE)?.[1] as Buffer;
  return { folder, manifest, model };
}

/**
 * Writes manifest.json: hashes every other file of the folder and derives the version. The last step of an export.
 * @throws EupneaError MODEL_BROKEN when the folder has no model.onnx or a value is unusable
 */
export async function writeManifest(
  folder: string,
  description: Omit<Manifest, 'formatVersion' | 'version' | 'files'>,
): Promise<Manifest> {
  const names = (await readdir(folder)).filter((name) => name !== MANIFEST_FILE).sort();
  const hashes = await Promise.all(names.map(async (name) => [name, sha256(await readFile(join(folder, name)))]));
  const files = Object.fromEntries(hashes) as Manifest['files'];
  const version = modelVersionOf({ ...description, files });
  const manifest = parseManifest(folder, { formatVersion: 1, version, ...description, files });
  await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function readManifest(folder: string): Promise<unknown> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch((cause: unknown) => {
    throw new EupneaError('MODEL_MISSING', `there is no ${MANIFEST_FILE} in ${folder}`, {
      hint: 'Name a folder that holds a model bundle, such as models/default; npm run trainer -- train makes one.',
      cause,
    });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken(folder, `${MANIFEST_FILE} is no JSON`, cause);
  }
}

function parseManifest(folder: string, value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'manifest'}: ${message}`);
    throw broken(folder, `its manifest cannot be used: ${faults.join('; ')}`);
  }
  const version = modelVersionOf(result.data);
  if (result.data.version !== version) {
    throw broken(folder, `its version is ${result.data.version}, and its contents give ${version}`);
  }
  return result.data;
}

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const broken = (folder: string, what: string, cause?: unknown): EupneaError =>
  new EupneaError('MODEL_BROKEN', `the model bundle in ${folder} cannot be used: ${what}`, { hint: HINT, cause });
