import { setTimeout as sleep } from 'node:timers/promises';
import { EupneaError, type ErrorCode } from '#libs/contracts';
import type { Logger } from './logger.js';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

const PASSING: ErrorCode[] = ['KAFKA_UNAVAILABLE', 'STORE_UNAVAILABLE'];

/**
 * Tries until it works, with back-off, and says what it waits for (once when the wait begins, then every tenth try).
 * For what may not be there yet: a broker, a store. An EupneaError of any other kind is no matter of waiting: it is
 * thrown at once, as is the signal's reason when aborted.
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T>,
  logger: Logger,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof EupneaError && !PASSING.includes(error.code)) throw error;
      if (tries % 10 === 0) logger.warn({ reason: (error as Error).message }, `waiting for ${what}`);
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** tries, LONGEST_DELAY_MS);
      await sleep(delayMs, undefined, signal ? { signal } : {});
    }
  }
}
