import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileRules, parseRuleTests, parseRules, runRuleTest } from '#libs/alert-rules';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'rules');
const textOf = (file: string) => ({ file, text: readFileSync(file, 'utf8') });
const ruleFiles = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const testFiles = readdirSync(join(folder, 'tests'));

describe('the rules in rules/', () => {
  it('are valid as one set', () => {
    expect(parseRules(ruleFiles.map((name) => textOf(join(folder, name)))).length).toBeGreaterThanOrEqual(5);
  });

  it('have tests that name each of them', () => {
    const tests = testFiles.map((name) => readFileSync(join(folder, 'tests', name), 'utf8')).join('\n');
    for (const { rule } of parseRules(ruleFiles.map((name) => textOf(join(folder, name))))) {
      expect(tests).toContain(`rule: ${rule.id}`);
    }
  });

  describe.each(testFiles)('%s', (name) => {
    const file = join(folder, 'tests', name);
    const { rules, tests } = parseRuleTests(readFileSync(file, 'utf8'), file);
    const named = parseRules(rules.map((path) => textOf(join(folder, 'tests', path))));
    const set = compileRules(named.map((one) => ({ ...one, rule: { ...one.rule, enabled: true } })));
    it.each(tests.map((test) => [test.name, test] as const))('%s', (_, test) => {
      expect(runRuleTest(test, set)).toEqual([]);
    });
  });
});
