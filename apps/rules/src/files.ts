import { EupneaError } from '#libs/contracts';
import { fromWhereTheUserIs } from '#libs/platform';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files that somebody named, from the folder in which they typed it, or those of a folder of ours; a folder stands
 * for its files.
 * @throws EupneaError FILE_NOT_FOUND
 */
export function namedOr(named: readonly string[], folder: string, ending: string): string[] {
  if (named.length === 0) return filesIn(folder, ending);
  return named.map(fromWhereTheUserIs).flatMap((path) => (isFolder(path) ? filesIn(path, ending) : path));
}

/** The files of a folder, in the order of their names. @throws EupneaError FILE_NOT_FOUND where there is none */
export function filesIn(folder: string, ending: string): string[] {
  const names = isFolder(folder) ? readdirSync(folder).filter((name) => name.endsWith(ending)) : [];
  if (names.length > 0) return names.sort().map((name) => join(folder, name));
  throw new EupneaError('FILE_NOT_FOUND', `there is no folder ${folder} with files *${ending}`);
}

/** @throws EupneaError FILE_NOT_FOUND */
export function readText(file: string): string {
  if (!existsSync(file)) throw new EupneaError('FILE_NOT_FOUND', `there is no file ${file}`);
  return readFileSync(file, 'utf8');
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
