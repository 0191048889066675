import type { Admin, Kafka } from 'kafkajs';
import { callAdmin } from './faults.js';
import type { CommitMark, TopicPartition } from './partition.js';

/** Reads the marks that a group has committed, over one connection. */
export class CommittedMarks {
  private admin: Promise<Admin> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly groupId: string,
  ) {}

  /** Undefined where nothing was committed yet. */
  async of({ topic, partition }: TopicPartition): Promise<CommitMark | undefined> {
    const admin = await this.connected();
    const [answer] = await callAdmin(() => admin.fetchOffsets({ groupId: this.groupId, topics: [topic] }));
    const found = answer?.partitions.find((candidate) => candidate.partition === partition);
    if (found === undefined || Number(found.offset) < 0) return undefined;
    return { offset: BigInt(found.offset), ...(found.metadata ? { metadata: found.metadata } : {}) };
  }

  /** Offset of the oldest record that the log still holds. */
  async startOf({ topic, partition }: TopicPartition): Promise<bigint | undefined> {
    const admin = await this.connected();
    const offsets = await callAdmin(() => admin.fetchTopicOffsets(topic));
    const found = offsets.find((candidate) => candidate.partition === partition);
    return found && BigInt(found.low);
  }

  async close(): Promise<void> {
    await this.admin?.then((admin) => admin.disconnect());
  }

  private connected(): Promise<Admin> {
    if (this.admin === undefined) {
      const admin = this.kafka.admin();
      this.admin = admin.connect().then(() => admin);
      this.admin.catch(() => (this.admin = undefined));
    }
    return this.admin;
  }
}
