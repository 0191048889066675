import { basename } from 'node:path';
import { userInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { RulesInForce } from '#libs/alert-control';
import { parseRules } from '#libs/alert-rules';
import { overOwnConnection } from '#libs/messaging';
import { namedTexts } from '../named-texts.js';

/**
 * `rules apply`: checks a folder of rule files as one set and puts it in force; refused, it leaves what was in force.
 * @throws EupneaError RULES_INVALID with file, line and reason of every fault; FILE_NOT_FOUND; CONTROL_CONFLICT
 */
export async function applyRules(named: string | undefined, { author }: { author?: string }): Promise<void> {
  const files = namedTexts(named === undefined ? [] : [named], 'rules');
  const rules = parseRules(files);
  const texts = Object.fromEntries(files.map(({ file, text }) => [basename(file), text]));
  await overOwnConnection(
    'rules',
    (kafka) => new RulesInForce(kafka, 'rules'),
    async (inForce, producer) => {
      const before = inForce.current;
      const isSame = before !== undefined && isDeepStrictEqual({ ...before.files }, texts);
      const change = isSame ? before : await inForce.put(producer, texts, author ?? userInfo().username, Date.now());
      console.log(
        isSame ? 'These rules are in force already.' : `Version ${change.version} is to be in force from now on.`,
      );
      console.log(JSON.stringify({ version: change.version, files: files.length, rules: rules.length }));
    },
  );
}
