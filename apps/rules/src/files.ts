import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The files that somebody named, from the folder in which they typed it, or those of a folder of ours. */
export function namedOr(files: readonly string[], folder: string, ending: string): string[] {
  if (files.length > 0) return files.map((file) => resolve(process.env['INIT_CWD'] ?? '.', file));
  const found = readdirSync(folder).filter((name) => name.endsWith(ending));
  return found.sort().map((name) => join(folder, name));
}

/** @throws EupneaError FILE_NOT_FOUND */
export function readText(file: string): string {
  if (!existsSync(file)) throw new EupneaError('FILE_NOT_FOUND', `there is no file ${file}`);
  return readFileSync(file, 'utf8');
}
