import { EupneaError } from '#libs/contracts';
import type { RuleText } from '#libs/alert-rules';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A rule file, or all of a folder. @throws EupneaError FILE_NOT_FOUND */
export function ruleTexts(path: string): RuleText[] {
  if (!existsSync(path)) throw new EupneaError('FILE_NOT_FOUND', `there is no file or folder ${path}`);
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.yaml'))
        .sort()
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0) throw new EupneaError('FILE_NOT_FOUND', `${path} holds no .yaml file`);
  return files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}
