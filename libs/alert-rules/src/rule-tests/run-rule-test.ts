import type { BreathAlert } from '#libs/contracts';
import { Alerting } from '../evaluation/alerting.js';
import type { RuleSet } from '../evaluation/rule-set.js';
import { formatDuration } from '../language/duration.js';
import { logOf } from './series.js';
import type { RuleTest } from './test-schema.js';

/** Runs one test of rules. @returns what went otherwise than expected; empty when it passed */
export function runRuleTest(test: RuleTest, rules: RuleSet): string[] {
  const startMs = Date.parse(test.startsAt);
  const known = rules.rules.map(({ rule }) => rule.id);
  const named = [test.rule, ...test.expect.map(({ rule }) => rule)].filter((id) => id !== undefined);
  const unknown = named.find((id) => !known.includes(id));
  if (unknown !== undefined) return [`no rule '${unknown}' is in force here; there are ${known.join(', ')}`];
  const alerts: BreathAlert[] = [];
  const alerting = new Alerting(rules, (output) => {
    if (output.record === 'BreathAlert') alerts.push(output.value);
  });
  for (const { record, value } of logOf(test)) {
    if (record === 'Watermark') alerting.onWatermark(value);
    else alerting.onEstimate(value);
  }
  const actual = alerts.filter(({ ruleId, at }) => at >= startMs && (test.rule === undefined || ruleId === test.rule));
  const told = actual.map((alert) => describe(alert, startMs));
  const faults = test.expect.flatMap((wanted, index) => {
    const got = actual[index];
    const rule = wanted.rule ?? (test.rule as string);
    const text = `${rule} ${wanted.state} at ${formatDuration(wanted.at)}${wanted.reason ? ` (${wanted.reason})` : ''}`;
    if (got === undefined) return [`expected ${text}, and nothing more came`];
    const isTimely = Math.abs(got.at - startMs - wanted.at) <= wanted.within;
    const isSame = got.ruleId === rule && got.state === wanted.state && (wanted.reason ?? got.reason) === got.reason;
    if (!isSame || !isTimely) return [`expected ${text}, got ${told[index]}`];
    return Object.entries(wanted.annotations)
      .filter(([name, content]) => got.annotations[name] !== content)
      .map(
        ([name, content]) => `${text}: ${name} should read '${content}', and reads '${got.annotations[name] ?? ''}'`,
      );
  });
  return [...faults, ...told.slice(test.expect.length).map((text) => `unexpected: ${text}`)];
}

function describe({ ruleId, state, at, reason }: BreathAlert, startMs: number): string {
  return `${ruleId} ${state} at ${formatDuration(at - startMs)} (${reason})`;
}
