export * from './evaluation/alerting.js';
export { type RuleSet, compileRules } from './evaluation/rule-set.js';
export { type NamedRule, type RuleText, parseRules } from './language/parse-rules.js';
export { ruleFileJsonSchema } from './language/rule-schema.js';
export * from './resuming/marks.js';
export * from './resuming/partition-alerting.js';
export { RuleSets, readRuleSet } from './resuming/rule-sets.js';
export * from './rule-tests/run-rule-test.js';
export { parseRuleTests } from './rule-tests/test-schema.js';
