import { EupneaError } from '#libs/contracts';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { dataFault } from './csv.js';

const isBreathFolder = (folder: string): boolean => existsSync(join(folder, 'segments.csv'));
const isNoiseFolder = (folder: string): boolean => existsSync(join(folder, 'noise.csv'));

export interface DataFolders {
  breath: string;
  noise?: string;
}

/**
 * Finds the breath folder (it has segments.csv) and the noise folder (noise.csv): `data` is either the breath folder
 * itself or holds both.
 * @param noise given by the user; wins over what is found
 * @throws EupneaError FILE_NOT_FOUND or DATA_INVALID
 */
export function findDataFolders(data: string, noise?: string): DataFolders {
  for (const folder of [data, ...(noise ? [noise] : [])]) {
    if (!existsSync(folder)) throw new EupneaError('FILE_NOT_FOUND', `there is no folder ${folder}`);
  }
  const inside = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(data, name))
    .sort();
  const breath = [data, ...inside].filter(isBreathFolder);
  if (breath.length !== 1) {
    throw dataFault(`${data}: ${breath.length} folders with segments.csv, and exactly one is needed`);
  }
  const found = noise ?? inside.find(isNoiseFolder);
  if (noise && !isNoiseFolder(noise)) throw dataFault(`${noise}: there is no noise.csv`);
  return { breath: breath[0] as string, ...(found ? { noise: found } : {}) };
}

/** What a hash covers: tables, sounds, and the file that names the set. */
const HASHED = /\.(csv|flac)$|^dataset\.json$/;

/**
 * One hash over the tables and sounds of the folders, whatever the order in which a disk lists them. A folder inside
 * another one counts once.
 */
export function hashData(folders: readonly string[]): string {
  const hash = createHash('sha256');
  const isInside = (inner: string, outer: string) => resolve(inner).startsWith(resolve(outer) + sep);
  for (const folder of folders) {
    if (folders.some((other) => isInside(folder, other))) continue;
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && HASHED.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) {
      const content = createHash('sha256').update(readFileSync(file)).digest('hex');
      hash.update(`${relative(folder, file)} ${content}\n`);
    }
  }
  return hash.digest('hex');
}
