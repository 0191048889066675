import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, type ITopicConfig, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { registerCodecs } from '../../../libs/messaging/src/codecs.js';
import { RawClient } from './raw-client.js';
import type { RunningBroker } from './brokers.js';

/** What a case works with: one running broker, and clients of it that the suite closes in the end. */
export class Context {
  readonly kafka: Kafka;
  readonly admin: Admin;

  private constructor(
    readonly broker: RunningBroker,
    readonly raw: RawClient,
  ) {
    this.kafka = new Kafka({
      brokers: [broker.brokers],
      clientId: 'contract-suite',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 10 },
    });
    this.admin = this.kafka.admin();
  }

  static async open(broker: RunningBroker): Promise<Context> {
    await registerCodecs();
    const context = new Context(broker, await RawClient.connect(broker.brokers));
    await context.admin.connect();
    return context;
  }

  get brokers(): string {
    return this.broker.brokers;
  }

  /** Makes a topic under a name of its own. */
  async topic(options: { partitions?: number; config?: Record<string, string> } = {}): Promise<string> {
    const topic = uniqueName('topic');
    const configEntries = Object.entries(options.config ?? {}).map(([name, value]) => ({ name, value }));
    await this.create({ topic, numPartitions: options.partitions ?? 1, configEntries });
    return topic;
  }

  async create(topic: ITopicConfig): Promise<void> {
    await this.admin.createTopics({ topics: [topic], waitForLeaders: false }); // kafkajs would not wait for its metadata
    await this.awaitLeaders(topic.topic);
  }

  /** The metadata of Apache Kafka names a leader a little before it leads. */
  async awaitLeaders(topic: string): Promise<void> {
    const lead = () =>
      this.admin.fetchTopicOffsets(topic).then(
        () => true,
        () => false,
      );
    await until(lead, `the leaders of ${topic}`);
  }

  async send(topic: string, messages: Parameters<ReturnType<Kafka['producer']>['send']>[0]['messages']) {
    const producer = this.kafka.producer();
    await producer.connect();
    try {
      return await producer.send({ topic, messages });
    } finally {
      await producer.disconnect();
    }
  }

  /** Reads a topic from its beginning until so many records came, in a group of its own. */
  async read(topic: string, count: number, groupId = uniqueName('reader')): Promise<KafkaMessage[]> {
    const consumer = this.kafka.consumer({ groupId, maxWaitTimeInMs: 200 });
    const messages: KafkaMessage[] = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void messages.push(message) });
      await until(() => messages.length >= count, `${count} records of ${topic}`);
      return messages;
    } finally {
      await consumer.disconnect();
    }
  }

  async close(): Promise<void> {
    this.raw.close();
    await this.admin.disconnect();
  }
}

export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** Resolves when the condition holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(25);
  }
}
