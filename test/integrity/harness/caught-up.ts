import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { TOPICS } from '#libs/contracts';
import { decodeMarks } from '#libs/estimation';
import { eventually } from '../../support/stack.js';
import { endsOf } from '../oracle/read-topic.js';

const PATIENCE_MS = 1_800_000;
/** Even a sabotaged estimator, which commits before it publishes, has published by then: what is missing is lost. */
const HELD_BACK_MS = 3_000;

/**
 * Resolves when the estimator has processed, and the recorder committed, all that the log held when it was called: then
 * the store is what it is going to be, and a row that is still missing is lost.
 */
export async function caughtUp(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = (topic: string) =>
      eventually(
        `the ends of ${topic}`,
        () => endsOf(kafka, topic),
        () => true,
        PATIENCE_MS,
      );
    const audio = await ends(TOPICS.audio);
    await eventually(
      'the estimator at the end of the log',
      () => behind(admin, 'eupnea-estimator', audio),
      none,
      PATIENCE_MS,
    );
    await sleep(HELD_BACK_MS);
    const estimates = await ends(TOPICS.estimates);
    await eventually(
      'the recorder at the end of the log',
      () => behind(admin, 'eupnea-recorder', estimates),
      none,
      PATIENCE_MS,
    );
  } finally {
    await admin.disconnect();
  }
}

const none = (partitions: string[]) => partitions.length === 0;

/** Partitions whose processed position is before these ends. */
async function behind(admin: Admin, groupId: string, ends: Map<number, bigint>): Promise<string[]> {
  const topic = groupId === 'eupnea-estimator' ? TOPICS.audio : TOPICS.estimates;
  const positions = await processedBy(admin, groupId, topic);
  return [...ends]
    .map(([partition, end]) => ({ partition, end, at: positions.get(partition) ?? 0n }))
    .filter(({ end, at }) => at < end)
    .map(({ partition, end, at }) => `${partition}: ${at} of ${end}`);
}

/** By partition, the offset up to which a group has processed its topic: the commit's H, or its offset where it has none. */
export async function processedBy(admin: Admin, groupId: string, topic: string): Promise<Map<number, bigint>> {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return new Map(
    (answer?.partitions ?? []).map(({ partition, offset, metadata }) => [
      partition,
      offset === '-1' ? 0n : decodeMarks(BigInt(offset), metadata ?? undefined).high,
    ]),
  );
}
