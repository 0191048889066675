import { EupneaError, type RuleSetChange, TOPICS, encode } from '#libs/contracts';
import type { LogProducer } from '#libs/messaging';
import type { Kafka } from 'kafkajs';
import { ControlTopic } from './control-topic.js';

/** The one key of the topic: compaction keeps the newest set. */
const KEY = 'rules';

/** Well under what brokers take in one record, since each change is a record of every partition, too. */
const MOST_BYTES = 512 * 1024;

/** Which set of alert rules should be in force: this process's view of the control topic, and how it is written. */
export class RulesInForce {
  private newest: RuleSetChange | undefined;
  private readonly topic: ControlTopic<'RuleSetChange'>;

  /** @param reader part of the name of its consumer group */
  constructor(kafka: Kafka, reader: string) {
    this.topic = new ControlTopic({
      kafka,
      topic: TOPICS.rules,
      record: 'RuleSetChange',
      reader,
      keyOf: () => KEY,
      apply: (change) => {
        if (change.version > (this.newest?.version ?? 0)) this.newest = change;
      },
      newest: () => this.newest,
    });
  }

  /** Undefined before anybody put rules in force. */
  get current(): RuleSetChange | undefined {
    return this.newest;
  }

  /** Resolves when everything that the topic held was read. @throws a transient fault while the broker is away */
  start(): Promise<void> {
    return this.topic.start();
  }

  stop(): Promise<void> {
    return this.topic.stop();
  }

  /**
   * Writes rules, which the caller has checked, as the version after the one that was read, and reads them back.
   * @throws EupneaError TOO_LARGE; CONTROL_CONFLICT when somebody else's set came first
   */
  async put(
    producer: Pick<LogProducer, 'append'>,
    files: RuleSetChange['files'],
    author: string,
    nowMs: number,
  ): Promise<RuleSetChange> {
    const change = { version: (this.newest?.version ?? 0) + 1, files, author, changedAt: nowMs };
    const bytes = encode('RuleSetChange', change).length;
    if (bytes > MOST_BYTES) {
      throw new EupneaError('TOO_LARGE', `the rule files hold ${bytes} bytes together; ${MOST_BYTES} are allowed`);
    }
    await this.topic.put(producer, change);
    return change;
  }
}
