import type { BreathAlert, ErrorCode } from '#libs/contracts';
import { EupneaError } from '#libs/contracts';
import {
  type Receiver,
  WEBHOOK_HEADERS,
  alertmanagerAlert,
  idempotencyKeyOf,
  parseRetryAfter,
  sign,
  webhookBody,
} from '#libs/delivery';
import { type Answer, post } from './post.js';

/** What became of one try. */
export type Attempt =
  | { kind: 'delivered' }
  /** `askedMs`: how long the receiver asked us to wait. */
  | { kind: 'again'; reason: string; askedMs: number }
  /** No further try would end otherwise. */
  | { kind: 'refused'; code: ErrorCode; reason: string };

const AGAIN = new Set([408, 425, 429]);

/** Tells a receiver of a change of an alert, once. Never throws. */
export async function attempt(receiver: Receiver, alert: BreathAlert): Promise<Attempt> {
  try {
    return judge(
      await (receiver.kind === 'webhook' ? callWebhook(receiver, alert) : callAlertmanager(receiver, alert)),
    );
  } catch (error) {
    if (error instanceof EupneaError) return { kind: 'refused', code: error.code, reason: error.message };
    return { kind: 'again', reason: reasonOf(error), askedMs: 0 };
  }
}

function callWebhook(receiver: Receiver & { kind: 'webhook' }, alert: BreathAlert): Promise<Answer> {
  const body = webhookBody(alert, receiver.name);
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    [WEBHOOK_HEADERS.timestamp]: String(timestamp),
    [WEBHOOK_HEADERS.signature]: sign(receiver.secretValue ?? '', timestamp, body),
    [WEBHOOK_HEADERS.idempotencyKey]: idempotencyKeyOf(alert, receiver.name),
  };
  return post(new URL(receiver.url), headers, body, limitsOf(receiver));
}

function callAlertmanager(receiver: Receiver & { kind: 'alertmanager' }, alert: BreathAlert): Promise<Answer> {
  const body = JSON.stringify([alertmanagerAlert(alert, Date.now() + receiver.resolveAfter)]);
  const { secretValue } = receiver;
  const headers: Record<string, string> = secretValue === undefined ? {} : { authorization: `Bearer ${secretValue}` };
  const target = new URL(`${receiver.url.replace(/\/*$/, '')}/api/v2/alerts`);
  return post(target, headers, body, limitsOf(receiver));
}

const limitsOf = ({ addresses, timeout }: Receiver) => ({ addresses, timeoutMs: timeout });

function judge({ status, retryAfter }: Answer): Attempt {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `status ${status}`;
  if (status >= 500 || AGAIN.has(status)) {
    return { kind: 'again', reason, askedMs: parseRetryAfter(retryAfter, Date.now()) };
  }
  return { kind: 'refused', code: 'DELIVERY_REFUSED', reason };
}

/** The system's name of what went wrong; messages of the network may hold the whole URL. */
function reasonOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return name === 'AbortError' ? 'timed out' : (code ?? name);
}
