import type { BatchContext } from './partition.js';

const HEARTBEAT_EVERY_MS = 3_000;

/** An insert may take long; meanwhile the group must not take this member for dead. */
export async function withHeartbeat<T>(
  { heartbeat }: Pick<BatchContext, 'heartbeat'>,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
