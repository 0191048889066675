import { type NamedRule, type RuleSet, compileRules } from '#libs/alert-rules';

/** Parts of a rule that keep alerts from people, and the rule without each of them. */
const PARTS = {
  for: { for: 0 },
  hysteresis: { clearWhen: undefined, clearFor: 0, keepFiring: 0 },
  coverage: { minCoverage: 0 },
  gaps: { onGap: 'hold' },
} as const satisfies Record<string, Partial<NamedRule['rule']>>;

export type Part = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as Part[];

/** The whole set with one part of every rule left out. */
export function setWithout(part: Part, named: readonly NamedRule[]): RuleSet {
  return compileRules(named.map((one) => ({ ...one, rule: { ...one.rule, ...PARTS[part] } })));
}
