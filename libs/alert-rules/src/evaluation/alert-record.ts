import { type BreathAlert, derivedId } from '#libs/contracts';
import { type ErrorModel, type SlidingPool, halfWidthOf } from '#libs/pooling';
import { formatDuration } from '../language/duration.js';
import { type TemplateValues, fillTemplate } from '../language/template.js';
import type { CompiledRule } from './rule-set.js';
import type { Change, RuleState } from './state-machine.js';

/** What was known when an alert changed. */
export interface Evidence {
  subjectId: string;
  modelVersion: string;
  nowMs: number;
  value: number | undefined;
  pool: SlidingPool | undefined;
  baselinePerMinute: number | undefined;
  errorModel: ErrorModel;
}

/** One record of an alert: the same state and evidence give the same bytes. */
export function alertRecord(
  { rule, version, signalText, conditionText }: CompiledRule,
  state: RuleState,
  change: Change,
  { subjectId, modelVersion, nowMs, value, pool, baselinePerMinute, errorModel }: Evidence,
): BreathAlert {
  const rate = pool && pool.acceptedWindows > 0 ? pool.ratePerMinute : undefined;
  const half = pool && rate !== undefined ? halfWidthOf(pool, errorModel) : NaN;
  const numbers = {
    value: value ?? null,
    ratePerMinute: rate ?? null,
    lowerPerMinute: rate === undefined ? null : Math.max(0, rate - half),
    upperPerMinute: rate === undefined ? null : rate + half,
    baselinePerMinute: baselinePerMinute ?? null,
    coverage: pool?.coverage ?? 0,
    receivedShare: pool?.receivedShare ?? 0,
  };
  const values: TemplateValues = {
    subject: subjectId,
    rule: rule.id,
    severity: rule.severity,
    condition: conditionText,
    signal: signalText,
    value: shown(numbers.value),
    rate: shown(numbers.ratePerMinute),
    lower: shown(numbers.lowerPerMinute),
    upper: shown(numbers.upperPerMinute),
    baseline: shown(numbers.baselinePerMinute),
    coverage: `${Math.round(numbers.coverage * 100)} %`,
    received: `${Math.round(numbers.receivedShare * 100)} %`,
    started: new Date(state.startedAtMs).toISOString(),
    duration: formatDuration(nowMs - state.startedAtMs),
  };
  const annotations = Object.entries(rule.annotations).map(([name, text]) => [
    name,
    fillTemplate(text, values, rule.labels),
  ]);
  const told: Record<string, string> = { ...rule.labels, subject: subjectId, severity: rule.severity };
  return {
    alertId: derivedId('alert', subjectId, rule.id, version, state.startedAtMs),
    sequence: state.sequence,
    subjectId,
    ruleId: rule.id,
    ruleVersion: version,
    severity: rule.severity,
    state: change.state,
    reason: change.reason,
    startedAt: state.startedAtMs,
    at: nowMs,
    signal: signalText,
    condition: conditionText,
    ...numbers,
    spanSeconds: pool ? pool.spanMs / 1000 : 0,
    labels: rule.labels,
    annotations: Object.fromEntries(annotations) as Record<string, string>,
    groupKey: rule.group.map((key) => `${key}=${told[key] ?? ''}`).join(','),
    modelVersion,
  };
}

const shown = (value: number | null): string => (value === null ? 'unknown' : String(Math.round(value * 10) / 10));
