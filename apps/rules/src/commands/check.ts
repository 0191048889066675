import { parseRules } from '#libs/alert-rules';
import { namedTexts } from '../named-texts.js';

/** `rules check`: the files as one set, as the alerter takes them. */
export function checkRules(named: readonly string[]): void {
  const files = namedTexts(named, 'rules');
  const rules = parseRules(files);
  for (const { rule } of rules) {
    console.log(`${rule.id.padEnd(34)} ${rule.severity.padEnd(9)} ${rule.enabled ? '' : '(off) '}${rule.description}`);
  }
  console.log(JSON.stringify({ files: files.length, rules: rules.length }));
}
