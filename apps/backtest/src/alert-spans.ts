import { groupBy } from '#libs/agreement';
import type { BreathAlert } from '#libs/contracts';

/** One alert from its first telling to its end. */
export interface AlertSpan {
  ruleId: string;
  subjectId: string;
  /** When the condition began to hold. */
  startedAtMs: number;
  /** When somebody was told first. */
  toldAtMs: number;
  /** When it was resolved, or the range ended. */
  endedAtMs: number;
}

/** What became of the alerts; those that were suppressed from their beginning to their end were never told. */
export function spansOf(alerts: readonly BreathAlert[], untilMs: number): AlertSpan[] {
  const byId = groupBy(alerts, ({ alertId }) => alertId);
  return [...byId.values()].flatMap((changes) => {
    const told = changes.find(({ state }) => state === 'firing');
    if (told === undefined) return [];
    const { ruleId, subjectId, startedAt, at } = told;
    const endedAtMs = changes.find(({ state }) => state === 'resolved')?.at ?? untilMs;
    return [{ ruleId, subjectId, startedAtMs: startedAt, toldAtMs: at, endedAtMs }];
  });
}

const overlap = (a: AlertSpan, b: AlertSpan) => a.toldAtMs < b.endedAtMs && b.toldAtMs < a.endedAtMs;

/** Those of `some` during which no alert of the same rule and person stands among `others`. */
export const onlyIn = (some: readonly AlertSpan[], others: readonly AlertSpan[]): AlertSpan[] =>
  some.filter(
    (span) =>
      !others.some(
        (other) => other.ruleId === span.ruleId && other.subjectId === span.subjectId && overlap(span, other),
      ),
  );
