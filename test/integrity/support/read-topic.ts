import type { Kafka } from 'kafkajs';
import { type LogRecord, registerCodecs } from '#libs/messaging';

/** Everything that a topic holds now, by partition, in log order. */
export async function readTopic(kafka: Kafka, topic: string): Promise<Map<number, LogRecord[]>> {
  await registerCodecs();
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const missing = new Map(
    offsets.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const records = new Map<number, LogRecord[]>(offsets.map(({ partition }) => [partition, []]));
  if (missing.size === 0) return records;

  const consumer = kafka.consumer({ groupId: `reader-${process.pid}-${Math.random().toString(36).slice(2)}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve) => {
      void consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          const { offset, timestamp, key, value, headers = {} } = message;
          const record = {
            topic,
            partition,
            offset: BigInt(offset),
            appendTimeMs: Number(timestamp),
            key,
            value,
            headers,
          };
          if (record.offset < (missing.get(partition) ?? 0n)) records.get(partition)?.push(record);
          if (record.offset + 1n >= (missing.get(partition) ?? 0n)) missing.delete(partition);
          if (missing.size === 0) resolve();
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}
