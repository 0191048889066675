import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedRule, parseRules } from '#libs/alert-rules';
import { root } from '../../support/stack.js';

/** The rules of rules/heavy-breathing.yaml that are in force. */
export function heavyRules(): NamedRule[] {
  const file = 'rules/heavy-breathing.yaml';
  return parseRules([{ file, text: readFileSync(join(root, file), 'utf8') }]).filter(({ rule }) => rule.enabled);
}
