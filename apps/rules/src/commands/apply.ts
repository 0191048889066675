import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { userInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { RulesInForce } from '#libs/alert-control';
import { parseRules } from '#libs/alert-rules';
import { EupneaError } from '#libs/contracts';
import { overOwnConnection } from '#libs/messaging';
import { fromWhereTheUserIs } from '#libs/platform';
import { readText } from '../files.js';

/**
 * `rules apply`: checks a folder of rule files as one set and puts it in force; refused, it leaves what was in force.
 * @throws EupneaError RULES_INVALID with file, line and reason of every fault; CONTROL_CONFLICT
 */
export async function applyRules(named: string | undefined, { author }: { author?: string }): Promise<void> {
  const folder = named === undefined ? 'rules' : fromWhereTheUserIs(named);
  const files = filesIn(folder);
  const rules = parseRules(files.map((file) => ({ file, text: readText(file) })));
  const texts = Object.fromEntries(files.map((file) => [basename(file), readText(file)]));
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

/** @throws EupneaError FILE_NOT_FOUND */
function filesIn(folder: string): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith('.yaml'));
  if (names.length > 0) return names.sort().map((name) => join(folder, name));
  throw new EupneaError('FILE_NOT_FOUND', `there is no folder ${folder} with rule files (*.yaml)`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
