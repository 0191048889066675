import type { BreathAlert } from '#libs/contracts';

/** The same for every try and every repeat of one change of one alert to one receiver. */
export const idempotencyKeyOf = ({ alertId, sequence }: BreathAlert, receiver: string): string =>
  `${alertId}:${sequence}:${receiver}`;

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

/** Body of a webhook: the same bytes in every try and every repeat. */
export function webhookBody(alert: BreathAlert, receiver: string): string {
  const { startedAt, at, ...rest } = alert;
  return JSON.stringify({
    version: 1,
    receiver,
    idempotencyKey: idempotencyKeyOf(alert, receiver),
    alert: { ...rest, startedAt: iso(startedAt), at: iso(at) },
  });
}
