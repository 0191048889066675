/** When a try that failed is made again. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  tries: number;
  /** Back-off after the first try; it doubles with each. */
  firstMs: number;
  /** It grows no further. */
  longestMs: number;
}

/** A receiver may ask for patience, but not for ever. */
const LONGEST_ASKED_MS = 3_600_000;

/**
 * Milliseconds until the next try, or undefined after the last one. Half of the back-off is certain and half is chance,
 * so that what failed together does not come back together.
 * @param made tries that were made, 1 or more
 * @param random from 0 (inclusive) to 1 (exclusive)
 * @param askedMs what the receiver asked for (Retry-After); it is waited for at least so long
 */
export function delayBeforeNextTry(
  { tries, firstMs, longestMs }: RetryPolicy,
  made: number,
  random: number,
  askedMs = 0,
): number | undefined {
  if (made >= tries) return undefined;
  const backoffMs = Math.min(firstMs * 2 ** (made - 1), longestMs);
  return Math.max(backoffMs * (0.5 + random / 2), Math.min(askedMs, LONGEST_ASKED_MS));
}

/** Milliseconds that a Retry-After header (RFC 9110: seconds, or a date) asks for; 0 for anything else. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const untilMs = Date.parse(header);
  return Number.isNaN(untilMs) ? 0 : Math.max(0, untilMs - nowMs);
}
