import { groupBy, median } from '#libs/agreement';
import type { Part } from './ablations.js';
import type { AlertSpan } from './alert-spans.js';

const WEEK_MS = 7 * 86_400_000;

/** What one rule would have told, over everybody or about one person. */
export interface Figures {
  alerts: number;
  /** Per week of received sound; null without any. */
  perPersonWeek: number | null;
  /** Minutes from the first telling to the end, over all alerts. */
  totalMinutes: number;
  medianMinutes: number | null;
  /** Median minutes from when the condition began to hold until somebody was told. */
  medianMinutesToAlert: number | null;
}

export interface RuleReport extends Figures {
  ruleId: string;
  /** Alerts more that there would be without this part of the rule; fewer where it is negative. */
  suppressedBy: Record<Part, number>;
  /** People with any alert, those with most first. */
  people: (Figures & { subjectId: string })[];
}

/** Received sound of each person, in ms. */
export type Received = ReadonlyMap<string, number>;

export function reportOf(
  ruleIds: readonly string[],
  spans: readonly AlertSpan[],
  without: ReadonlyMap<Part, readonly AlertSpan[]>,
  received: Received,
): RuleReport[] {
  const everybody = [...received.values()].reduce((sum, ms) => sum + ms, 0);
  return ruleIds.map((ruleId) => {
    const own = spans.filter((span) => span.ruleId === ruleId);
    const suppressed = [...without].map(([part, others]): [Part, number] => [
      part,
      others.filter((span) => span.ruleId === ruleId).length - own.length,
    ]);
    const people = [...groupBy(own, ({ subjectId }) => subjectId)]
      .map(([subjectId, theirs]) => ({ subjectId, ...figuresOf(theirs, received.get(subjectId) ?? 0) }))
      .sort((a, b) => b.alerts - a.alerts || a.subjectId.localeCompare(b.subjectId));
    return {
      ruleId,
      ...figuresOf(own, everybody),
      suppressedBy: Object.fromEntries(suppressed) as Record<Part, number>,
      people,
    };
  });
}

function figuresOf(spans: readonly AlertSpan[], receivedMs: number): Figures {
  const minutes = spans.map(({ toldAtMs, endedAtMs }) => (endedAtMs - toldAtMs) / 60_000);
  return {
    alerts: spans.length,
    perPersonWeek: receivedMs > 0 ? rounded((spans.length * WEEK_MS) / receivedMs, 3) : null,
    totalMinutes: rounded(
      minutes.reduce((sum, one) => sum + one, 0),
      1,
    ),
    medianMinutes: middle(minutes),
    medianMinutesToAlert: middle(spans.map(({ startedAtMs, toldAtMs }) => (toldAtMs - startedAtMs) / 60_000)),
  };
}

/** @returns null of nothing */
const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : rounded(median(values), 2));

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
