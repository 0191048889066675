import type { BreathAlert } from '#libs/contracts';

/** Which alerts are meant: all that every part of it fits. Patterns are exact, or have * for any characters. */
export interface AlertMatcher {
  /** One of the patterns fits; an empty list fits everything. */
  subjects: readonly string[];
  rules: readonly string[];
  severities: readonly string[];
  /** Each label is there, and its pattern fits. */
  labels: Readonly<Record<string, string>>;
}

type Matched = Pick<BreathAlert, 'subjectId' | 'ruleId' | 'severity' | 'labels'>;

/** Compiles a matcher once, for many alerts. */
export function matching(matcher: AlertMatcher): (alert: Matched) => boolean {
  const subject = anyOf(matcher.subjects);
  const rule = anyOf(matcher.rules);
  const severity = anyOf(matcher.severities);
  const labels = Object.entries(matcher.labels).map(([name, pattern]) => [name, anyOf([pattern])] as const);
  return (alert) =>
    subject(alert.subjectId) &&
    rule(alert.ruleId) &&
    severity(alert.severity) &&
    labels.every(([name, fits]) => Object.hasOwn(alert.labels, name) && fits(alert.labels[name] as string));
}

function anyOf(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => true;
  const parts = patterns.map((pattern) => pattern.split(/\*+/));
  return (text) => parts.some((literals) => fits(text, literals));
}

/** Whether the literals stand in the text, in their order, the first at its start and the last at its end. */
function fits(text: string, literals: readonly string[]): boolean {
  const first = literals[0] as string;
  if (literals.length === 1) return text === first;
  const last = literals.at(-1) as string;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
