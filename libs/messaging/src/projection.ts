import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { registerCodecs } from './codecs.js';
import { callAdmin } from './faults.js';
import { runConsumer } from './run-consumer.js';

export interface ProjectionOptions {
  kafka: Kafka;
  /** A compacted topic. */
  topic: string;
  /** Whose view it is; part of the name of its consumer group. */
  reader: string;
  apply(key: Buffer | null, value: Buffer | null): void;
}

const LEAVE_WITHIN_MS = 1_000;

/**
 * One process's view of a compacted topic: reads it whole, then what is appended. Each process must see every
 * partition, so each has a consumer group of its own, commits nothing, and takes the group along when it leaves.
 */
export class Projection {
  private readonly groupId: string;
  private readonly consumer: Consumer;
  /** Partitions that have not been read to where they ended at the start, with the offset of their last record then. */
  private readonly unread = new Map<number, bigint>();
  private caughtUp: () => void = () => undefined;

  constructor(private readonly options: ProjectionOptions) {
    this.groupId = `eupnea-${options.reader}-${randomUUID()}`;
    this.consumer = options.kafka.consumer({ groupId: this.groupId, maxWaitTimeInMs: 500 });
  }

  /** Resolves when everything that the topic held was applied. @throws a transient fault while the broker is away */
  async start(): Promise<void> {
    const { topic } = this.options;
    await registerCodecs();
    const admin = this.options.kafka.admin();
    await admin.connect();
    const offsets = await callAdmin(() => admin.fetchTopicOffsets(topic)).finally(() => admin.disconnect());
    for (const { partition, low, high } of offsets) {
      if (BigInt(high) > BigInt(low)) this.unread.set(partition, BigInt(high) - 1n); // a log's last record outlives compaction
    }
    const read = new Promise<void>((resolve) => (this.caughtUp = resolve));
    await this.consumer.connect();
    await this.consumer.subscribe({ topic, fromBeginning: true });
    await runConsumer(
      this.consumer,
      {
        autoCommit: false,
        eachMessage: ({ partition, message }) => {
          this.options.apply(message.key, message.value);
          this.note(partition, BigInt(message.offset));
          return Promise.resolve();
        },
      },
      (error) => {
        throw error; // ends the process, and its supervisor starts another
      },
    );
    if (this.unread.size > 0) await read;
  }

  private note(partition: number, offset: bigint): void {
    const last = this.unread.get(partition);
    if (last === undefined || offset < last) return;
    this.unread.delete(partition);
    if (this.unread.size === 0) this.caughtUp();
  }

  /** Leaves; a broker that is away is not waited for. */
  async stop(): Promise<void> {
    const leave = this.consumer.disconnect().then(async () => {
      const admin = this.options.kafka.admin();
      await admin.connect();
      await admin.deleteGroups([this.groupId]).finally(() => admin.disconnect());
    });
    const timeout = new Promise((resolve) => setTimeout(resolve, LEAVE_WITHIN_MS).unref());
    await Promise.race([leave.catch(() => undefined), timeout]);
  }
}
