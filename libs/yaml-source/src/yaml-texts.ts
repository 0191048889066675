import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';

/** A file and what stands in it. */
export interface YamlText {
  file: string;
  text: string;
}

/** A file, or those of a folder in the order of their names. @throws EupneaError FILE_NOT_FOUND */
export function yamlTexts(path: string, ending = '.yaml'): YamlText[] {
  if (!existsSync(path)) throw new EupneaError('FILE_NOT_FOUND', `there is no file or folder ${path}`);
  const files = statSync(path).isDirectory() ? filesIn(path, ending) : [path];
  if (files.length === 0) throw new EupneaError('FILE_NOT_FOUND', `the folder ${path} holds no file *${ending}`);
  return files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
