import { type StageResult, TOPICS, deadLetterTopic } from '#libs/contracts';
import {
  LogConsumer,
  LogProducer,
  type LogRecord,
  type OutgoingRecord,
  type PartitionHandler,
  type TopicPartition,
  createKafka,
  ensureTopics,
  isTransient,
  untilThere,
} from '#libs/messaging';
import { Health, LOGGER, type Logger } from '#libs/platform';
import { Store, readAlert, readEpisode, readEstimate, readRate, readTruth } from '#libs/store';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Batcher } from './batcher.js';
import { recorderMetrics } from './metrics.js';
import { createPartitionRecorder } from './partition-recorder.js';
import type { Settings } from './settings.js';

export const SETTINGS = Symbol('settings');

const RECORDED_TOPICS = [TOPICS.estimates, TOPICS.rates, TOPICS.episodes, TOPICS.alerts, TOPICS.simulatorTruth];
const ALL_TOPICS = RECORDED_TOPICS.flatMap((topic) => [topic, deadLetterTopic(topic)]);
const BATCHES = { maxRows: 5_000, maxDelayMs: 500 };
const PROBE_EVERY_MS = 2_000;

/** What becomes of the records of a topic. */
interface Recording {
  drain(): void;
  handlerOf(partition: TopicPartition): PartitionHandler;
}

/** Wires the log to the store: what is read is written, and committed only then. */
@Injectable()
export class Recorder implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly store: Store;
  private readonly consumer: LogConsumer;
  private readonly producer: LogProducer;
  private readonly kafka: ReturnType<typeof createKafka>;
  private readonly clickhouse: string;
  private readonly brokers: string;
  private readonly recordings: Map<string, Recording>;
  private readonly stopping = new AbortController();
  /** What is waited for; undefined while everything works. */
  private waitingFor: string | undefined = 'the start';
  private probe: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    this.clickhouse = `ClickHouse at ${settings.CLICKHOUSE_URL}`;
    this.brokers = `Kafka at ${settings.KAFKA_BROKERS.join(', ')}`;
    this.store = new Store({
      url: settings.CLICKHOUSE_URL,
      user: settings.CLICKHOUSE_USER,
      password: settings.CLICKHOUSE_PASSWORD,
      database: settings.CLICKHOUSE_DATABASE,
    });
    const { store } = this;
    this.recordings = new Map([
      [TOPICS.estimates, this.recording('estimates', readEstimate, (rows) => store.record(rows))],
      [TOPICS.rates, this.recording('rates', readRate, (rows) => store.insertRates(rows))],
      [TOPICS.episodes, this.recording('episodes', readEpisode, (rows) => store.insertEpisodes(rows))],
      [TOPICS.alerts, this.recording('alerts', readAlert, (rows) => store.insertAlerts(rows))],
      [TOPICS.simulatorTruth, this.recording('simulated_truth', readTruth, (rows) => store.insertTruth(rows))],
    ]);
    this.kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-recorder', logger);
    this.producer = new LogProducer(this.kafka);
    this.consumer = new LogConsumer({
      kafka: this.kafka,
      groupId: settings.RECORDER_GROUP,
      sessionTimeoutMs: settings.KAFKA_SESSION_TIMEOUT_MS,
      topics: RECORDED_TOPICS,
      logger,
      open: (partition) => (this.recordings.get(partition.topic) as Recording).handlerOf(partition),
    });
    health.addReady('recording', () =>
      this.waitingFor ? { ok: false, detail: `waiting for ${this.waitingFor}` } : { ok: true },
    );
    health.addReady('log', () =>
      this.consumer.isJoined ? { ok: true } : { ok: false, detail: `not in the consumer group of ${this.brokers}` },
    );
  }

  onApplicationBootstrap(): void {
    // Health answers while this waits; a fault that waiting does not heal ends the process.
    void this.start();
  }

  /** Writes what is in hand, commits it, and leaves. A start that still waits for somebody is left to itself. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.probe);
    for (const recording of this.recordings.values()) recording.drain();
    await this.consumer.stop();
    await this.producer.disconnect();
    await this.store.close();
  }

  private async start(): Promise<void> {
    const { signal } = this.stopping;
    try {
      const migrations = await this.untilThere(this.clickhouse, () => this.store.migrate());
      if (migrations.length > 0) this.logger.info({ migrations }, 'the database has the newest layout now');
      await this.untilThere(this.brokers, () => ensureTopics(this.kafka, ALL_TOPICS));
      await this.untilThere(this.brokers, () => this.producer.connect());
      await this.untilThere(this.brokers, () => this.consumer.start());
      signal.throwIfAborted();
      this.waitingFor = undefined;
      this.probe = setInterval(() => void this.probeStore(), PROBE_EVERY_MS);
      this.logger.info('recording');
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  private untilThere<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    this.waitingFor = what;
    return untilThere(what, attempt, this.logger, this.stopping.signal);
  }

  private recording<Row>(
    table: string,
    read: (record: LogRecord) => StageResult<Row>,
    write: (rows: Row[]) => Promise<void>,
  ): Recording {
    const batcher = this.batcher(table, write);
    const appendDeadLetters = (letters: OutgoingRecord[]) => this.producer.append(letters);
    return {
      drain: () => batcher.drain(),
      handlerOf: (partition) => createPartitionRecorder(partition, { read, batcher, appendDeadLetters }),
    };
  }

  private batcher<Row>(table: string, write: (rows: Row[]) => Promise<void>): Batcher<Row> {
    return new Batcher<Row>(async (rows) => {
      const stopTimer = recorderMetrics.insertSeconds.startTimer({ table });
      try {
        await write(rows);
      } catch (error) {
        recorderMetrics.batches.inc({ table, result: 'failed' });
        if (isTransient(error)) this.storeIs(false);
        throw error;
      }
      stopTimer();
      recorderMetrics.batches.inc({ table, result: 'written' });
      recorderMetrics.rows.inc({ table }, rows.length);
      this.storeIs(true);
    }, BATCHES);
  }

  /** An idle recorder, too, knows whether its store is there. */
  private async probeStore(): Promise<void> {
    this.storeIs(await this.store.ping());
  }

  private storeIs(there: boolean): void {
    const before = this.waitingFor;
    this.waitingFor = there ? undefined : this.clickhouse;
    if (before === this.waitingFor || this.stopping.signal.aborted) return;
    if (there) this.logger.info(`${this.clickhouse} is there`);
    else this.logger.warn(`waiting for ${this.clickhouse}; nothing is committed meanwhile`);
  }
}
