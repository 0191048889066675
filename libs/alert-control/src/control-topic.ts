import { isDeepStrictEqual } from 'node:util';
import { EupneaError, type Records, decode, encode } from '#libs/contracts';
import { type LogProducer, Projection, ensureTopics } from '#libs/messaging';
import type { Kafka } from 'kafkajs';

type ControlName = 'AlertSilence' | 'AlertAcknowledgement' | 'RuleSetChange';

/** Where a kind of control record is kept, and what a process's view of it is. */
export interface ControlTopicOptions<Name extends ControlName> {
  kafka: Kafka;
  topic: string;
  record: Name;
  /** Part of the name of the consumer group. */
  reader: string;
  keyOf(value: Records[Name]): string;
  /** Takes a record that was read; stale ones come, too. */
  apply(value: Records[Name]): void;
  /** The newest version that was taken. */
  newest(key: string): Records[Name] | undefined;
}

/** One control topic: this process's view of it, and how it is written. */
export class ControlTopic<Name extends ControlName> {
  private projection: Projection | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: ControlTopicOptions<Name>) {}

  /** Resolves when everything that the topic held was read. @throws a transient fault while the broker is away */
  async start(): Promise<void> {
    const { kafka, topic, reader } = this.options;
    await ensureTopics(kafka, [topic]);
    const projection = new Projection({ kafka, topic, reader, apply: (_, value) => this.apply(value) });
    this.projection = projection;
    await projection.start().catch(async (error: unknown) => {
      await projection.stop();
      throw error;
    });
  }

  async stop(): Promise<void> {
    await this.projection?.stop();
  }

  /**
   * Writes a version that goes beyond the newest one, and resolves when it was read back.
   * @throws EupneaError CONTROL_CONFLICT when somebody else's version came first
   */
  async put(producer: Pick<LogProducer, 'append'>, value: Records[Name]): Promise<void> {
    const { topic, record, keyOf, newest } = this.options;
    const key = keyOf(value);
    await producer.append([{ topic, key, value: encode(record, value) }]);
    const read = await this.reached(key, value.version);
    if (isDeepStrictEqual(plain(read), plain(value))) return;
    // Compaction keeps what was written last, and that must be the one which everybody took.
    await producer.append([{ topic, key, value: encode(record, newest(key) ?? read) }]);
    throw new EupneaError('CONTROL_CONFLICT', `somebody else wrote version ${read.version} at the same time`, {
      hint: 'Look at what stands there now, and say it again if it still should be so.',
    });
  }

  private async reached(key: string, version: number): Promise<Records[Name]> {
    for (;;) {
      const read = this.options.newest(key);
      if (read && read.version >= version) return read;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** What does not decode is none of ours. */
  private apply(message: Buffer | null): void {
    const decoded = decode(message, this.options.record);
    if (decoded.kind !== 'ok') return;
    this.options.apply(decoded.value.value as Records[Name]);
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** Without the prototypes that the codec gives. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));
