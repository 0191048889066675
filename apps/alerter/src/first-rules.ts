import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRuleSet } from '#libs/alert-rules';
import { EupneaError, type RuleSetChange } from '#libs/contracts';

/**
 * The rule files of a folder, checked as one set.
 * @throws EupneaError CONFIG_INVALID where there is none; RULES_INVALID
 */
export function firstRules(folder: string): RuleSetChange['files'] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
  if (names.length === 0) {
    throw new EupneaError(
      'CONFIG_INVALID',
      `ALERTER_FIRST_RULES: there is no folder ${folder} with rule files (*.yaml)`,
    );
  }
  const files = Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  readRuleSet({ files });
  return files;
}
