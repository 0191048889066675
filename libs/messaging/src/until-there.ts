import { type Logger, waitFor } from '#libs/platform';
import { isTransient } from './faults.js';

/** Tries while a broker or a store is away, as long as that takes; any other fault is thrown at once. */
export async function untilThere<T>(
  what: string,
  attempt: () => Promise<T>,
  logger: Logger,
  signal: AbortSignal,
): Promise<T> {
  const outcome = await waitFor(
    what,
    async () => {
      try {
        return { value: await attempt() };
      } catch (error) {
        if (isTransient(error)) throw error;
        return { error };
      }
    },
    logger,
    signal,
  );
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
