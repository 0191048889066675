import type { Admin, Kafka } from 'kafkajs';
import { EupneaError, TOPIC_SETTINGS, deadLetterTopic } from '#libs/contracts';
import {
  type DeadLetter,
  LogConsumer,
  type LogRecord,
  createKafka,
  isTransient,
  readDeadLetter,
} from '#libs/messaging';
import { type Logger, createLogger, kafkaSettings, loadConfig, logSettings } from '#libs/platform';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A dead letter and where it stands in the topic of the dead. */
export interface FoundLetter extends DeadLetter {
  record: LogRecord;
}

/** Offsets by `topic/partition`. */
type Offsets = Map<string, bigint>;

const LOOK_EVERY_MS = 200;
const placeOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;

/**
 * The group whose committed offsets remember which letters of a code were sent again: those before them. One group per
 * code, since the causes are mended one by one.
 */
const redriveGroup = (code: string): string => `eupnea-dead-letters-redrive-${code}`;

/** The topics of dead letters, read until where they end now. */
export class LetterLog {
  private constructor(
    readonly kafka: Kafka,
    private readonly admin: Admin,
    private readonly topics: string[],
    private readonly logger: Logger,
  ) {}

  /**
   * @param topic the topic that the letters came from; without one, all of them
   * @throws EupneaError USAGE for a topic without dead letters, KAFKA_UNAVAILABLE
   */
  static async open(topic?: string): Promise<LetterLog> {
    const { KAFKA_BROKERS, LOG_LEVEL } = loadConfig(z.object({ ...kafkaSettings, ...logSettings }));
    // What kafkajs and the consumer say on the way would stand between the lines of the answer.
    const logger = createLogger('dead-letters', LOG_LEVEL === 'info' ? 'fatal' : LOG_LEVEL);
    const kafka = createKafka(KAFKA_BROKERS, 'eupnea-dead-letters', logger);
    const admin = kafka.admin();
    try {
      await admin.connect();
      return new LetterLog(kafka, admin, await existingTopics(admin, topic), logger);
    } catch (error) {
      if (!isTransient(error)) throw error;
      throw new EupneaError('KAFKA_UNAVAILABLE', `no broker answers at ${KAFKA_BROKERS.join(', ')}`, { cause: error });
    }
  }

  /** Every letter there is now, by partition in the order of the log. */
  async read(take: (letters: FoundLetter[]) => Promise<void>): Promise<void> {
    const groupId = `eupnea-dead-letters-list-${randomUUID()}`;
    await this.readAs(groupId, take);
    await this.admin.deleteGroups([groupId]).catch(() => undefined); // it expires anyway
  }

  /** Every letter since what was sent again of this code; what `send` returned for is remembered. */
  async redrive(code: string, send: (letters: FoundLetter[]) => Promise<void>): Promise<void> {
    await this.readAs(redriveGroup(code), (letters) => send(letters.filter((letter) => letter.code === code)));
  }

  /** Tells letters that were sent again from the others. */
  async wasRedriven(): Promise<(letter: FoundLetter) => Promise<boolean>> {
    const known = new Map<string, Promise<Offsets>>();
    return async ({ code, record }) => {
      const offsets = known.get(code) ?? this.committedBy(redriveGroup(code));
      known.set(code, offsets);
      return record.offset < ((await offsets).get(placeOf(record)) ?? 0n);
    };
  }

  private async committedBy(groupId: string): Promise<Offsets> {
    const { topics } = this;
    const groups = await this.admin.fetchOffsets({ groupId, topics });
    return new Map(
      groups.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [placeOf({ topic, partition }), BigInt(offset)] as const),
      ),
    );
  }

  /** Reads as a member of a group from what it has committed to where the topics end now, and commits that. */
  private async readAs(groupId: string, take: (letters: FoundLetter[]) => Promise<void>): Promise<void> {
    const ends = await this.ends();
    if (ends.size === 0) return;
    let fail: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => (fail = reject));
    const consumer = new LogConsumer({
      kafka: this.kafka,
      groupId,
      topics: this.topics,
      logger: this.logger,
      onFatal: (error) => fail(error),
      open: (place) => ({
        process: async (records) => {
          const end = ends.get(placeOf(place)) ?? 0n; // what was set aside since then is another run's
          const mine = records.filter(({ offset }) => offset < end);
          await take(mine.flatMap(lettersIn));
          const next = (records[records.length - 1]?.offset ?? 0n) + 1n;
          return { offset: next < end ? next : end };
        },
      }),
    });
    try {
      await Promise.race([failed, consumer.start().then(() => this.untilCommitted(groupId, ends))]);
    } finally {
      await consumer.stop();
    }
  }

  /** By whichever member: two commands at once share the partitions. */
  private async untilCommitted(groupId: string, ends: Offsets): Promise<void> {
    for (;;) {
      const committed = await this.committedBy(groupId);
      if ([...ends].every(([place, end]) => (committed.get(place) ?? -1n) >= end)) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Where the partitions end that hold anything. */
  private async ends(): Promise<Offsets> {
    const ends: Offsets = new Map();
    for (const topic of this.topics) {
      for (const { partition, low, high } of await this.admin.fetchTopicOffsets(topic)) {
        if (BigInt(high) > BigInt(low)) ends.set(placeOf({ topic, partition }), BigInt(high));
      }
    }
    return ends;
  }
}

const lettersIn = (record: LogRecord): FoundLetter[] => {
  const letter = readDeadLetter(record);
  return letter ? [{ ...letter, record }] : [];
};

async function existingTopics(admin: Admin, topic: string | undefined): Promise<string[]> {
  const known = Object.keys(TOPIC_SETTINGS).filter((name) => deadLetterTopic(name) in TOPIC_SETTINGS);
  if (topic !== undefined && !known.includes(topic)) {
    throw new EupneaError('USAGE', `${topic} has no dead letters`, { hint: `There are those of ${known.join(', ')}.` });
  }
  const wanted = (topic === undefined ? known : [topic]).map(deadLetterTopic);
  const existing = await admin.listTopics();
  return wanted.filter((name) => existing.includes(name));
}
