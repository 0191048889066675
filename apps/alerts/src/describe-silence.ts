import type { AlertSilence } from '#libs/contracts';

/** A silence in one line that people read. */
export function describeSilence(silence: AlertSilence): string {
  const { subjects, rules, severities, labels, startsAt, endsAt, author, reason } = silence;
  const parts = [
    ...subjects.map((pattern) => `subject ${pattern}`),
    ...rules.map((pattern) => `rule ${pattern}`),
    ...severities.map((severity) => `severity ${severity}`),
    ...Object.entries(labels).map(([name, pattern]) => `${name}=${pattern}`),
  ];
  const [from, until] = [startsAt, endsAt].map((timeMs) => new Date(timeMs).toISOString());
  return `${parts.join(', ')}; ${from} to ${until}; ${author}: ${reason}`;
}
