import { createHash } from 'node:crypto';
import type { BreathEstimate } from '#libs/contracts';
import { type Test, describeCondition, testOf } from '../language/condition.js';
import type { NamedRule } from '../language/parse-rules.js';
import type { Rule } from '../language/rule-schema.js';
import { describeSignal, isNeverAbsent } from '../language/signal.js';
import type { Timing } from './state-machine.js';

/** A pool that rules share: the windows of one filter over one span. */
export interface PoolPlan {
  key: string;
  spanMs: number;
  accepts: (estimate: BreathEstimate) => boolean;
}

/** A rule, ready to be evaluated. */
export interface CompiledRule {
  rule: Rule;
  /** Hash of what the rule says; whatever changes it makes another version. */
  version: string;
  /** Which state belongs to it. */
  key: string;
  timing: Timing;
  signalText: string;
  conditionText: string;
  isMet: Test;
  /** Without an end condition of its own, that `when` no longer holds ends an alert. */
  isClear: Test | undefined;
  usesBaseline: boolean;
  concerns: (subjectId: string) => boolean;
  /** Place in the set's pools; -1 where the signal looks at days or recoveries. */
  pool: number;
  /** Whether it is judged in silence, not only when a window of its own came. */
  judgedInSilence: boolean;
  /** Places of the rules that suppress this one: all of them come earlier. */
  inhibitors: number[];
}

/** What is in force. */
export interface RuleSet {
  rules: readonly CompiledRule[];
  pools: readonly PoolPlan[];
  needsDays: boolean;
  needsRecovery: boolean;
  /** Any rule that must be judged in silence even while nothing is raised. */
  anyInSilence: boolean;
}

const DAY_SIGNALS: readonly Rule['signal']['kind'][] = ['resting-rate', 'resting-baseline', 'resting-rise', 'slope'];

/** Puts the enabled rules in an order in which each comes behind those that inhibit it, and shares their pools. */
export function compileRules(named: readonly NamedRule[]): RuleSet {
  const ordered = inOrder(named.filter(({ rule }) => rule.enabled));
  const pools = new Map<string, PoolPlan>();
  const rules = ordered.map((one): CompiledRule => {
    const { rule } = one;
    const version = versionOf(one);
    const plan = poolOf(rule);
    if (plan && !pools.has(plan.key)) pools.set(plan.key, plan);
    const judgedInSilence = isNeverAbsent(rule.signal.kind) || rule.onGap === 'alert';
    return {
      rule,
      version,
      key: `${rule.id}@${version}`,
      timing: timingOf(rule),
      signalText: describeSignal(rule.signal),
      conditionText: describeCondition(rule.when),
      isMet: testOf(rule.when),
      isClear: rule.clearWhen && testOf(rule.clearWhen),
      usesBaseline: usesBaseline(rule),
      concerns: (subjectId) => matches(one.subjects, subjectId) && matches(one.members, subjectId),
      pool: plan ? [...pools.keys()].indexOf(plan.key) : -1,
      judgedInSilence,
      inhibitors: rule.inhibit.map((id) => ordered.findIndex((other) => other.rule.id === id)).filter((at) => at >= 0),
    };
  });
  return {
    rules,
    pools: [...pools.values()],
    needsDays: rules.some(({ rule }) => DAY_SIGNALS.includes(rule.signal.kind) || usesBaseline(rule)),
    needsRecovery: rules.some(
      ({ rule }) => rule.signal.kind === 'recovery' || rule.select.sinceExertion || rule.select.restedFor,
    ),
    anyInSilence: rules.some(({ judgedInSilence }) => judgedInSilence),
  };
}

function inOrder(named: readonly NamedRule[]): NamedRule[] {
  const ordered: NamedRule[] = [];
  const place = (one: NamedRule) => {
    if (ordered.includes(one)) return;
    for (const id of one.rule.inhibit) {
      const inhibitor = named.find(({ rule }) => rule.id === id);
      if (inhibitor) place(inhibitor);
    }
    ordered.push(one);
  };
  named.forEach(place); // parseRules refuses circles
  return ordered;
}

function timingOf(rule: Rule): Timing {
  return {
    forMs: rule.for,
    clearForMs: rule.clearFor,
    keepFiringMs: rule.keepFiring,
    cooldownMs: rule.cooldown,
    gapGraceMs: rule.gapGrace,
    onGap: rule.onGap,
    repeatMs: rule.repeat,
  };
}

function poolOf({ signal, select }: Rule): PoolPlan | undefined {
  if (!('span' in signal)) return undefined;
  const { device, restState, stage, quality } = select;
  const devices = device && patternOf(device);
  const accepts = (estimate: BreathEstimate) =>
    (restState === undefined || restState.includes(estimate.restState)) &&
    (stage === undefined || stage.includes(estimate.stage)) &&
    (quality === undefined || quality.includes(estimate.quality)) &&
    (devices === undefined || devices.test(estimate.deviceId));
  return { key: JSON.stringify([signal.span, { device, restState, stage, quality }]), spanMs: signal.span, accepts };
}

function usesBaseline({ when, clearWhen }: Rule): boolean {
  return [when, clearWhen].some((condition) =>
    [condition?.above, condition?.below, ...(condition?.outside ?? [])].some((limit) => limit && limit.factor !== 0),
  );
}

function matches(patterns: readonly string[] | undefined, text: string): boolean {
  return patterns === undefined || patternOf(patterns).test(text);
}

function patternOf(patterns: readonly string[]): RegExp {
  const escaped = patterns.map((pattern) => pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*'));
  return new RegExp(`^(?:${escaped.join('|')})$`, 's');
}

function versionOf(named: NamedRule): string {
  return createHash('sha256').update(canonical(named)).digest('hex').slice(0, 12);
}

/** JSON with sorted keys, so that the order in a file does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`; // prettier-ignore
}
