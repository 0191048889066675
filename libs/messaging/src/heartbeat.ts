import type { BatchContext } from './partition.js';

const HEARTBEAT_EVERY_MS = 3_000;

/** An insert may take long; meanwhile the group must not take this member for dead. */
export async function withHeartbeat({ heartbeat }: BatchContext, work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}
