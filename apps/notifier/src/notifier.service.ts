import { setTimeout as sleep } from 'node:timers/promises';
import { AlertControl } from '#libs/alert-control';
import { TOPICS, deadLetterTopic } from '#libs/contracts';
import type { Receivers } from '#libs/delivery';
import {
  type CommitMark,
  LogConsumer,
  LogProducer,
  boundsOf,
  createKafka,
  ensureTopics,
  untilThere,
} from '#libs/messaging';
import { Health, LOGGER, type Logger } from '#libs/platform';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PartitionNotifier } from './partition-notifier.js';
import { NOTIFIER_SETTINGS, type NotifierSettings } from './settings.js';
import { Teller } from './teller.js';

/** How often deliveries that ended are committed, and reminders looked for. */
const TICK_EVERY_MS = 500;
/** What does not end by then is told again by the next owner. */
const LONGEST_DRAIN_MS = 700;

/** Wires the log of alerts to the receivers. */
@Injectable()
export class NotifierService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly kafka: ReturnType<typeof createKafka>;
  private readonly producer: LogProducer;
  private readonly control: AlertControl;
  private readonly consumer: LogConsumer;
  private readonly tellers: ReadonlyMap<string, Teller>;
  private readonly owned = new Map<number, PartitionNotifier>();
  private readonly stopping = new AbortController();
  private state = 'starting';

  constructor(
    @Inject(NOTIFIER_SETTINGS) private readonly settings: NotifierSettings & { receivers: Receivers },
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    const queue = { mostWaiting: settings.NOTIFIER_MOST_WAITING, concurrency: settings.NOTIFIER_CONCURRENCY };
    this.tellers = new Map(settings.receivers.all.map((receiver) => [receiver.name, new Teller(receiver, queue)]));
    this.kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-notifier', logger);
    this.producer = new LogProducer(this.kafka);
    this.control = new AlertControl(this.kafka, 'notifier');
    this.consumer = new LogConsumer({
      kafka: this.kafka,
      groupId: settings.NOTIFIER_GROUP,
      topics: [TOPICS.alerts],
      logger,
      sessionTimeoutMs: settings.KAFKA_SESSION_TIMEOUT_MS,
      tickEveryMs: TICK_EVERY_MS,
      open: ({ partition }, committed) => this.open(partition, committed),
    });
    health.addReady('notifier', () => (this.consumer.isJoined ? { ok: true } : { ok: false, detail: this.state }));
  }

  /** The broker is waited for in the background. */
  onApplicationBootstrap(): void {
    void this.run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) throw error;
    });
  }

  /** Begins no further try, waits a moment for those under way, commits what ended, and leaves. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    const closed = Promise.all([...this.tellers.values()].map((teller) => teller.close()));
    await Promise.race([closed, sleep(LONGEST_DRAIN_MS, undefined, { ref: false })]);
    await this.consumer.stop();
    await Promise.all([this.producer.disconnect(), this.control.stop()]);
  }

  private async run(): Promise<void> {
    const { KAFKA_BROKERS, EUPNEA_PARTITIONS } = this.settings;
    const { signal } = this.stopping;
    this.state = `waiting for Kafka at ${KAFKA_BROKERS.join(', ')}`;
    const topics = [TOPICS.alerts, deadLetterTopic(TOPICS.alerts)];
    await this.untilThere(() => ensureTopics(this.kafka, topics, EUPNEA_PARTITIONS), signal);
    await this.untilThere(() => this.control.start(), signal);
    await this.untilThere(() => this.producer.connect(), signal);
    this.state = 'joining the group';
    await this.consumer.start();
    this.logger.info({ receivers: [...this.tellers.keys()] }, 'telling of alerts');
  }

  private async open(partition: number, committed: CommitMark | undefined): Promise<PartitionNotifier> {
    const begin = committed ?? (await this.untilThere(() => this.endOfEmpty(partition), this.stopping.signal));
    this.owned.get(partition)?.close(); // one that a fault left behind would deliver the same
    const notifier = new PartitionNotifier(
      {
        partition,
        rules: { routesOf: this.settings.receivers.routesOf, mutes: (alert) => this.control.muting.mutes(alert) },
        tellers: this.tellers,
        append: (records, signal) => this.untilThere(() => this.producer.append(records), signal),
        logger: this.logger,
      },
      begin,
    );
    this.owned.set(partition, notifier);
    return notifier;
  }

  /**
   * Where the first record of a partition that holds none will stand; undefined where it holds some. Committed at once,
   * it lets that record be told however long nobody reads.
   */
  private async endOfEmpty(partition: number): Promise<CommitMark | undefined> {
    const bounds = await boundsOf(this.kafka, { topic: TOPICS.alerts, partition });
    return bounds.start === bounds.end ? { offset: bounds.end } : undefined;
  }

  private untilThere<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const broker = `Kafka at ${this.settings.KAFKA_BROKERS.join(', ')}`;
    return untilThere(broker, attempt, this.logger, signal);
  }
}
