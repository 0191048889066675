import { createHmac, timingSafeEqual } from 'node:crypto';

/** Headers of a webhook. */
export const WEBHOOK_HEADERS = {
  /** Seconds since 1970 at which this try was signed. */
  timestamp: 'eupnea-timestamp',
  signature: 'eupnea-signature',
  /** The same in every try and every repeat of one change of one alert to one receiver. */
  idempotencyKey: 'idempotency-key',
} as const;

/** How far a receiver lets the timestamp be from its own clock: a request that was overheard is of no use later. */
const REPLAY_WINDOW_SECONDS = 300;

/** The scheme's version stands in front, so that another one can come beside it. */
const SCHEME = 'v1=';

/** Value of the signature's header: HMAC-SHA-256 over `timestamp.body`, in hexadecimal digits. */
export function sign(secret: string, timestampSeconds: number, body: string | Buffer): string {
  return SCHEME + createHmac('sha256', secret).update(`${timestampSeconds}.`).update(body).digest('hex');
}

export interface SignedRequest {
  secret: string;
  /** The body's bytes as they came: one that was parsed and written anew has another signature. */
  body: string | Buffer;
  /** The two headers; undefined where the request has none. */
  timestamp: string | undefined;
  signature: string | undefined;
  /** The receiver's clock, epoch milliseconds. */
  nowMs: number;
  /** @default 300 */
  windowSeconds?: number;
}

/**
 * For receivers: whether a webhook was signed with the secret, and lately.
 * @returns undefined where it was, else what is wrong with it
 */
export function verifySignature(request: SignedRequest): 'missing' | 'expired' | 'forged' | undefined {
  const { secret, body, timestamp, signature, nowMs, windowSeconds = REPLAY_WINDOW_SECONDS } = request;
  if (timestamp === undefined || signature === undefined || !/^[1-9]\d{0,14}$/.test(timestamp)) return 'missing';
  const expected = Buffer.from(sign(secret, Number(timestamp), body));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
  return Math.abs(nowMs / 1000 - Number(timestamp)) > windowSeconds ? 'expired' : undefined;
}
