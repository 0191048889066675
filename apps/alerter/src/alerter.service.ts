import { RulesInForce } from '#libs/alert-control';
import { EupneaError, type RuleSetChange, TOPICS, deadLetterTopic } from '#libs/contracts';
import {
  type CommitMark,
  LogConsumer,
  LogProducer,
  createKafka,
  ensureTopics,
  untilThere,
  readPartition,
} from '#libs/messaging';
import { Health, LOGGER, type Logger } from '#libs/platform';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CheckpointContents } from './checkpoint-record.js';
import { CheckpointPace } from './checkpoint-pace.js';
import { firstRules } from './first-rules.js';
import { PartitionAlerter } from './partition-alerter.js';
import { ALERTER_SETTINGS, type AlerterSettings } from './settings.js';

const PATH_TOPICS = [
  TOPICS.estimates,
  deadLetterTopic(TOPICS.estimates),
  TOPICS.rates,
  TOPICS.episodes,
  TOPICS.alerts,
  TOPICS.alertingCheckpoints,
];

/** How often it is looked whether other rules should be in force. */
const TICK_EVERY_MS = 1_000;

/** Wires the alerter to the log: topics, rules, producer, consumer, in this order, and back. */
@Injectable()
export class AlerterService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly kafka: ReturnType<typeof createKafka>;
  private readonly producer: LogProducer;
  private readonly rules: RulesInForce;
  private readonly stopping = new AbortController();
  private state = 'starting';
  private consumer: LogConsumer | undefined;

  constructor(
    @Inject(ALERTER_SETTINGS) private readonly settings: AlerterSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    this.kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-alerter', logger);
    this.producer = new LogProducer(this.kafka);
    this.rules = new RulesInForce(this.kafka, 'alerter-rules');
    health.addReady('alerter', () => (this.consumer?.isJoined ? { ok: true } : { ok: false, detail: this.state }));
  }

  /** Rules that are named and cannot be read refuse the start; the broker is waited for in the background. */
  onApplicationBootstrap(): void {
    const { ALERTER_FIRST_RULES: folder } = this.settings;
    const first = folder === undefined ? undefined : firstRules(folder);
    void this.run(first).catch((error: unknown) => {
      if (!this.stopping.signal.aborted) throw error;
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.consumer?.stop();
    await Promise.all([this.producer.disconnect(), this.rules.stop()]);
  }

  private async run(first: RuleSetChange['files'] | undefined): Promise<void> {
    const { KAFKA_BROKERS, ALERTER_GROUP, EUPNEA_PARTITIONS, KAFKA_SESSION_TIMEOUT_MS } = this.settings;
    this.state = `waiting for Kafka at ${KAFKA_BROKERS.join(', ')}`;
    await this.untilThere(() => ensureTopics(this.kafka, PATH_TOPICS, EUPNEA_PARTITIONS));
    await this.untilThere(() => this.rules.start());
    await this.untilThere(() => this.producer.connect());
    if (first) await this.untilThere(() => this.putFirst(first));
    this.state = 'joining the group';
    this.consumer = new LogConsumer({
      kafka: this.kafka,
      groupId: ALERTER_GROUP,
      topics: [TOPICS.estimates],
      logger: this.logger,
      sessionTimeoutMs: KAFKA_SESSION_TIMEOUT_MS,
      tickEveryMs: TICK_EVERY_MS,
      open: ({ partition }, committed) => this.open(partition, committed),
    });
    await this.consumer.start();
    this.logger.info({ rules: this.rules.current?.version ?? 0 }, 'reading estimates');
  }

  /** Does nothing where there are rules, or somebody else puts some there at the same time. */
  private async putFirst(files: RuleSetChange['files']): Promise<void> {
    if (this.rules.current !== undefined) return;
    try {
      await this.rules.put(this.producer, files, 'first rules', Date.now());
    } catch (error) {
      if (!(error instanceof EupneaError) || error.code !== 'CONTROL_CONFLICT') throw error;
    }
  }

  private async open(partition: number, committed: CommitMark | undefined): Promise<PartitionAlerter> {
    const contents = await this.untilThere(async () => {
      const read = new CheckpointContents();
      const topic = TOPICS.alertingCheckpoints;
      await readPartition(this.kafka, { topic, partition }, 'alerter-checkpoints', (record) => read.apply(record));
      return read;
    });
    const { producer, rules, settings } = this;
    const pace = new CheckpointPace(settings.ALERTER_CHECKPOINT_SECONDS * 1_000);
    return new PartitionAlerter({ partition, producer, wantedRules: () => rules.current, pace }, contents, committed);
  }

  private untilThere<T>(attempt: () => Promise<T>): Promise<T> {
    const broker = `Kafka at ${this.settings.KAFKA_BROKERS.join(', ')}`;
    return untilThere(broker, attempt, this.logger, this.stopping.signal);
  }
}
