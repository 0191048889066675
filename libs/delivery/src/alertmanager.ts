import type { BreathAlert } from '#libs/contracts';

/** One alert of `POST /api/v2/alerts`. */
export interface AlertmanagerAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

/** Alertmanager's names of labels have no hyphens; rules' names have no underscores, so none fall together. */
const named = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replaceAll('-', '_'), value]));

/**
 * An alert as Alertmanager has it. Its labels are what identifies it there, so they are the same from the first firing
 * to the end: an alert of a rule about a person. While it fires it ends some time ahead, unless it is told again.
 * @param untilMs when Alertmanager takes it for resolved by itself
 */
export function alertmanagerAlert(alert: BreathAlert, untilMs: number): AlertmanagerAlert {
  const { alertId, sequence, ruleId, ruleVersion, subjectId, severity, condition, signal, state, startedAt, at } =
    alert;
  return {
    labels: { ...named(alert.labels), alertname: ruleId, subject: subjectId, severity },
    annotations: {
      ...named(alert.annotations),
      alert_id: alertId,
      sequence: String(sequence),
      rule_version: ruleVersion,
      condition: `${signal} ${condition}`,
      changed_at: iso(at),
    },
    startsAt: iso(startedAt),
    // It must end after it started, also where both are the same moment.
    endsAt: iso(state === 'resolved' ? Math.max(at, startedAt + 1) : untilMs),
  };
}
