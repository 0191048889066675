import { randomUUID } from 'node:crypto';
import kafkajs, { type Consumer, type Kafka, type PartitionAssigner } from 'kafkajs';
import { registerCodecs } from './codecs.js';
import { callAdmin } from './faults.js';
import type { LogRecord } from './log-record.js';
import type { TopicPartition } from './partition.js';

const { AssignerProtocol } = kafkajs;

export type ReadRecord = Pick<LogRecord, 'key' | 'value' | 'headers'>;

/**
 * Visits every record that one partition holds now, in order, each once; what is appended meanwhile may be visited, too.
 * kafkajs reads only as a member of a group, so this is a group of its own, which goes when the reading is done.
 * @param reader whose reading it is; part of the group's name
 * @throws a transient fault while the broker is away; what `visit` throws, at once
 */
export async function readPartition(
  kafka: Kafka,
  { topic, partition }: TopicPartition,
  reader: string,
  visit: (record: ReadRecord) => void,
): Promise<void> {
  await registerCodecs();
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await callAdmin(() => admin.fetchTopicOffsets(topic));
    const found = offsets.find((candidate) => candidate.partition === partition);
    if (found === undefined || BigInt(found.high) <= BigInt(found.low)) return;
    const groupId = `eupnea-${reader}-${randomUUID()}`;
    const consumer = kafka.consumer({
      groupId,
      partitionAssigners: [only(partition)],
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await readThrough(consumer, BigInt(found.high) - 1n, visit); // a log's last record outlives compaction
    } finally {
      await consumer.disconnect();
    }
    await callAdmin(() => admin.deleteGroups([groupId])).catch(() => undefined); // it expires by itself
  } finally {
    await admin.disconnect();
  }
}

function readThrough(consumer: Consumer, last: bigint, visit: (record: ReadRecord) => void): Promise<void> {
  let next = 0n;
  return new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch, heartbeat }) => {
          for (const { offset, key, value, headers = {} } of batch.messages) {
            if (BigInt(offset) < next) continue; // read before kafkajs began again
            try {
              visit({ key, value, headers });
            } catch (error) {
              return reject(error as Error); // kafkajs would begin again, for ever
            }
            next = BigInt(offset) + 1n;
          }
          await heartbeat();
          if (BigInt(batch.lastOffset()) >= last) resolve();
        },
      })
      .catch(reject);
  });
}

/** Gives the group's single member one partition. */
const only =
  (partition: number): PartitionAssigner =>
  () => ({
    name: 'OnlyOne',
    version: 0,
    assign: ({ members, topics }) => {
      const assignment = Object.fromEntries(topics.map((topic) => [topic, [partition]]));
      const encoded = { version: 0, assignment, userData: Buffer.alloc(0) };
      return Promise.resolve(
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode(encoded),
        })),
      );
    },
    protocol: ({ topics }) => ({
      name: 'OnlyOne',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  });
