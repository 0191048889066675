import { basename } from 'node:path';
import { readRuleSet } from '#libs/alert-rules';
import { EupneaError, type RuleSetChange } from '#libs/contracts';
import { type YamlText, yamlTexts } from '#libs/yaml-source';

/**
 * The rule files of a folder, checked as one set.
 * @throws EupneaError CONFIG_INVALID where there is none; RULES_INVALID
 */
export function firstRules(folder: string): RuleSetChange['files'] {
  const files = Object.fromEntries(textsIn(folder).map(({ file, text }) => [basename(file), text]));
  readRuleSet({ files });
  return files;
}

function textsIn(folder: string): YamlText[] {
  try {
    return yamlTexts(folder);
  } catch (error) {
    if (!(error instanceof EupneaError)) throw error;
    throw new EupneaError('CONFIG_INVALID', `ALERTER_FIRST_RULES: ${error.message}`, { cause: error });
  }
}
