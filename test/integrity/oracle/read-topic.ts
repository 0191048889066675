import kafkajs, { type Kafka } from 'kafkajs';
import { type LogRecord, registerCodecs } from '#libs/messaging';

const { KafkaJSProtocolError } = kafkajs;
const SESSION_TIMEOUT_MS = 120_000;

/** Ends of a topic's partitions: the offset behind the newest record of each. */
export async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  } catch (error) {
    if (error instanceof KafkaJSProtocolError && error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return new Map();
    throw error;
  } finally {
    await admin.disconnect();
  }
}

/**
 * Visits every record that a topic holds now, each once, in log order within its partition. Nothing is kept, so a log
 * may be larger than memory.
 * @returns the number of its partitions
 */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  visit: (record: LogRecord) => void | Promise<void>,
): Promise<number> {
  await registerCodecs();
  const ends = await endsOf(kafka, topic);
  const next = new Map<number, bigint>();
  const unread = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
  if (unread.size === 0) return ends.size;

  const consumer = kafka.consumer({
    groupId: `oracle-${process.pid}-${Math.random().toString(36).slice(2)}`,
    sessionTimeout: SESSION_TIMEOUT_MS,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      void consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch, heartbeat }) => {
          const { partition } = batch;
          for (const { offset, timestamp, key, value, headers = {} } of batch.messages) {
            const record = { topic, partition, offset: BigInt(offset), appendTimeMs: Number(timestamp) };
            if (record.offset < (next.get(partition) ?? 0n) || !unread.has(partition)) continue; // read before
            if (record.offset >= (ends.get(partition) as bigint)) break;
            await visit({ ...record, key, value, headers });
            next.set(partition, record.offset + 1n);
          }
          await heartbeat();
          if (BigInt(batch.lastOffset()) + 1n >= (ends.get(partition) as bigint)) unread.delete(partition);
          if (unread.size === 0) resolve();
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
  return ends.size;
}

/** The same for a log that fits into memory: every partition, also the empty ones. */
export async function recordsIn(kafka: Kafka, topic: string): Promise<Map<number, LogRecord[]>> {
  const records: LogRecord[] = [];
  const partitions = await readTopic(kafka, topic, (record) => void records.push(record));
  return new Map(
    Array.from({ length: partitions }, (_, partition) => [
      partition,
      records.filter((record) => record.partition === partition),
    ]),
  );
}
