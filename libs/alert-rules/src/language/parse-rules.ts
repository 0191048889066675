import { EupneaError } from '#libs/contracts';
import { type YamlSource, parseValue, parseYaml, placeOf } from '#libs/yaml-source';
import { type Rule, ruleFileSchema } from './rule-schema.js';

/** One file of rules, not read yet. */
export interface RuleText {
  file: string;
  text: string;
}

/** A rule whose groups have become patterns of subjects. */
export interface NamedRule {
  rule: Rule;
  /** Patterns of `select.subject`; undefined selects everyone. */
  subjects: readonly string[] | undefined;
  /** Patterns of the groups in `select.group`; undefined selects everyone. */
  members: readonly string[] | undefined;
}

function invalidRules(faults: readonly string[]): EupneaError {
  return new EupneaError('RULES_INVALID', faults.join('\n'), {
    hint: 'Nothing of it was taken. docs/alerting.md explains every key, and rules/ holds examples.',
  });
}

/**
 * Reads rule files as one set: all of it, or nothing. Disabled rules are checked like any other.
 * @throws EupneaError RULES_INVALID with file, line and reason of every fault
 */
export function parseRules(texts: readonly RuleText[]): NamedRule[] {
  const faults: string[] = [];
  const found: { rule: Rule; source: YamlSource; index: number; groups: Record<string, string[]> }[] = [];
  for (const { file, text } of texts) {
    try {
      const source = parseYaml(text, file, invalidRules);
      const { rules, groups } = parseValue(source.value, ruleFileSchema, [source], invalidRules);
      rules.forEach((rule, index) => found.push({ rule, source, index, groups }));
    } catch (error) {
      if (!(error instanceof EupneaError)) throw error;
      faults.push(error.message);
    }
  }
  const isWhole = faults.length === 0; // else a rule that is missed may stand in a file that was not read
  for (const { rule, source, index, groups } of found) {
    const fault = (path: PropertyKey[], reason: string) =>
      faults.push(`${placeOf([source], ['rules', index, ...path])}: ${reason}`);
    const twin = found.find((other) => other.rule.id === rule.id);
    if (twin && twin.rule !== rule) {
      fault(['id'], `rule '${rule.id}' is already in ${placeOf([twin.source], ['rules', twin.index, 'id'])}`);
    }
    rule.select.group?.forEach((group, at) => {
      if (!Object.hasOwn(groups, group)) fault(['select', 'group', at], `there is no group '${group}' in this file`);
    });
    rule.inhibit.forEach((id, at) => {
      const place = ['inhibit', at];
      if (isWhole && !found.some((other) => other.rule.id === id)) fault(place, `there is no rule '${id}'`);
      if (
        inhibits(
          found.map((other) => other.rule),
          id,
          rule.id,
        )
      )
        fault(place, `'${id}' is inhibited by this rule in turn`);
    });
    for (const text of Object.keys(rule.annotations)) {
      for (const [, label] of (rule.annotations[text] ?? '').matchAll(/\{\{\s*labels\.([\w-]+)\s*\}\}/g)) {
        if (!Object.hasOwn(rule.labels, label as string)) fault(['annotations', text], `there is no label '${label}'`);
      }
    }
    rule.group.forEach((key, at) => {
      if (key !== 'subject' && key !== 'severity' && !Object.hasOwn(rule.labels, key)) {
        fault(['group', at], `'${key}' is neither subject, severity nor a label of this rule`);
      }
    });
  }
  if (faults.length > 0) throw invalidRules(faults);
  return found.map(({ rule, groups }) => ({
    rule,
    subjects: rule.select.subject,
    members: rule.select.group?.flatMap((group) => groups[group] ?? []),
  }));
}

/** Whether rule `from` waits for rule `to`, directly or through others. */
function inhibits(rules: readonly Rule[], from: string, to: string, seen: readonly string[] = []): boolean {
  if (from === to) return true;
  if (seen.includes(from)) return false;
  const next = rules.find(({ id }) => id === from)?.inhibit ?? [];
  return next.some((id) => inhibits(rules, id, to, [...seen, from]));
}
