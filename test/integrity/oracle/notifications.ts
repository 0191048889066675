import type { Kafka } from 'kafkajs';
import { type BreathAlert, TOPICS, decode, isLateAlert } from '#libs/contracts';
import { WEBHOOK_HEADERS, verifySignature } from '#libs/delivery';
import type { HeardRequest } from '../../support/alert-receiver.js';
import { readTopic } from './read-topic.js';

/** What a receiver was told against what the alerts topic says that it must be told. */
export interface NotificationVerdict {
  /** Changes of alerts that must be told. */
  notifications: number;
  /** Requests that were taken; repeats among them. */
  notified: number;
  notificationsMissing: number;
  notificationsExtra: number;
  /** Repeats with another body than the first, and requests without a good signature. */
  notificationsUnequal: number;
  /** Changes of an alert that came before an earlier one of the same alert. */
  notificationsOutOfOrder: number;
}

export const areNotificationsRight = (verdict: NotificationVerdict): boolean =>
  verdict.notificationsMissing +
    verdict.notificationsExtra +
    verdict.notificationsUnequal +
    verdict.notificationsOutOfOrder ===
  0;

/** A webhook that hears of everything but what is silenced. */
export interface ExpectedReceiver {
  name: string;
  secret: string;
  isSilenced: (alert: BreathAlert) => boolean;
}

/** Compares what a receiver heard with the log. */
export async function verifyNotifications(
  kafka: Kafka,
  receiver: ExpectedReceiver,
  heard: readonly HeardRequest[],
): Promise<NotificationVerdict> {
  const wanted = await expectedKeys(kafka, receiver);
  const taken = heard.filter(({ status }) => status === 200);
  const bodies = new Map<string, string>();
  const newest = new Map<string, number>();
  let notificationsUnequal = 0;
  let notificationsOutOfOrder = 0;
  for (const { headers, body, atMs } of taken) {
    const key = String(headers[WEBHOOK_HEADERS.idempotencyKey]);
    const timestamp = headers[WEBHOOK_HEADERS.timestamp] as string;
    const signature = headers[WEBHOOK_HEADERS.signature] as string;
    const fault = verifySignature({ secret: receiver.secret, body, timestamp, signature, nowMs: atMs });
    if (fault !== undefined || (bodies.get(key) ?? body) !== body) notificationsUnequal += 1;
    if (!bodies.has(key)) {
      const [alertId = '', sequence] = key.split(':');
      if (Number(sequence) < (newest.get(alertId) ?? -1)) notificationsOutOfOrder += 1;
      newest.set(alertId, Number(sequence));
    }
    bodies.set(key, body);
  }
  return {
    notifications: wanted.size,
    notified: taken.length,
    notificationsMissing: [...wanted].filter((key) => !bodies.has(key)).length,
    notificationsExtra: [...bodies.keys()].filter((key) => !wanted.has(key)).length,
    notificationsUnequal,
    notificationsOutOfOrder,
  };
}

/** A firing that came in time and is not silenced; and the end of an alert of which such a one was told. */
async function expectedKeys(kafka: Kafka, { name, isSilenced }: ExpectedReceiver): Promise<Set<string>> {
  const seen = new Set<string>();
  const wanted = new Set<string>();
  const told = new Set<string>();
  await readTopic(kafka, TOPICS.alerts, ({ value, appendTimeMs }) => {
    const decoded = decode(value, 'BreathAlert');
    if (decoded.kind !== 'ok') return;
    const alert = decoded.value.value;
    const key = `${alert.alertId}:${alert.sequence}:${name}`;
    if (seen.has(key)) return; // a repetition after a crash says nothing new
    seen.add(key);
    const isNews = alert.state === 'firing' && !isLateAlert(alert, appendTimeMs) && !isSilenced(alert);
    if (isNews) told.add(alert.alertId);
    if (isNews || (alert.state === 'resolved' && told.has(alert.alertId))) wanted.add(key);
  });
  return wanted;
}
