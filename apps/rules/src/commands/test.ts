import { compileRules, parseRuleTests, parseRules, runRuleTest } from '#libs/alert-rules';
import { EupneaError } from '#libs/contracts';
import { dirname, resolve } from 'node:path';
import { namedTexts } from '../named-texts.js';
import { yamlTexts } from '#libs/yaml-source';

/**
 * `rules test`: every test of every file, against the rules that the file names. Disabled rules take part, so that they
 * are tested before somebody enables them.
 * @throws EupneaError RULE_TESTS_FAILED
 */
export function testRules(named: readonly string[]): void {
  let [passed, failed] = [0, 0];
  for (const { file, text } of namedTexts(named, 'rules/tests', '.test.yaml')) {
    const { rules, tests } = parseRuleTests(text, file);
    const texts = rules.flatMap((name) => yamlTexts(resolve(dirname(file), name)));
    const enabled = parseRules(texts).map((one) => ({ ...one, rule: { ...one.rule, enabled: true } }));
    const set = compileRules(enabled);
    console.log(file);
    for (const test of tests) {
      const faults = runRuleTest(test, set);
      if (faults.length === 0) passed += 1;
      else failed += 1;
      console.log(`  ${faults.length === 0 ? 'ok  ' : 'FAIL'} ${test.name}`);
      for (const fault of faults) console.log(`         ${fault}`);
    }
  }
  console.log(JSON.stringify({ passed, failed }));
  if (failed > 0) {
    throw new EupneaError('RULE_TESTS_FAILED', `${failed} of ${passed + failed} tests of rules failed`, {
      hint: 'What came instead stands above, with its time since the start of the test.',
    });
  }
}
