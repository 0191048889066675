import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TOPICS, decode } from '#libs/contracts';
import { createKafka, ensureTopics, registerCodecs, runConsumer } from '#libs/messaging';
import { Health, LOGGER, type Logger, metrics, waitFor } from '#libs/platform';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { Counter } from 'prom-client';
import { liveAlertAnswer } from '../history/alert-answer.js';
import { liveEstimateAnswer } from '../history/estimate-answer.js';
import { API_SETTINGS, type ApiSettings } from '../settings.js';
import { EventHub, type LiveEvent } from './event-hub.js';
import { LiveFigures } from './live-figures.js';

const STOP_WITHIN_MS = 1_000;

/**
 * Reads the estimates and the alerts from their ends, in a consumer group of this process alone (each replica of the api must see
 * every partition), and passes on what is new. The log and not the store is read, since only the log knows what is new:
 * rows carry no time of insertion, and a late window sorts among old ones. Nothing is committed; what was missed while
 * the api was away is in the store.
 */
@Injectable()
export class LiveFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly groupId = `eupnea-api-${randomUUID()}`;
  private readonly kafka: Kafka;
  private readonly consumer: Consumer;
  private readonly stopping = new AbortController();
  private reading = false;
  private readonly passed = new Counter({
    name: 'eupnea_api_live_events_total',
    help: 'Estimates and alerts read from the log since the start',
    labelNames: ['event'],
    registers: [metrics],
  });

  constructor(
    @Inject(API_SETTINGS) settings: ApiSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
    @Inject(EventHub) private readonly hub: EventHub,
    @Inject(LiveFigures) private readonly figures: LiveFigures,
  ) {
    this.kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-api', logger);
    this.consumer = this.kafka.consumer({ groupId: this.groupId, maxWaitTimeInMs: 500 });
    health.addReady('kafka', () => (this.reading ? { ok: true } : { ok: false, detail: 'joining the topics' }));
  }

  /** Does not hold the boot up: what is in the store can be served while Kafka is away. */
  onModuleInit(): void {
    void this.start().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) throw error; // ends the process; whoever supervises it starts it again
    });
  }

  private async start(): Promise<void> {
    await registerCodecs();
    const { signal } = this.stopping;
    const topics = [TOPICS.estimates, TOPICS.alerts];
    await waitFor('Kafka', () => ensureTopics(this.kafka, topics), this.logger, signal);
    await waitFor('Kafka', () => this.consumer.connect(), this.logger, signal);
    this.consumer.on(this.consumer.events.GROUP_JOIN, () => (this.reading = true));
    this.consumer.on(this.consumer.events.CRASH, () => (this.reading = false));
    await this.consumer.subscribe({ topics, fromBeginning: false });
    await runConsumer(
      this.consumer,
      {
        autoCommit: false,
        eachMessage: ({ topic, partition, message }) =>
          Promise.resolve(topic === TOPICS.alerts ? this.takeAlert(message) : this.takeEstimate(partition, message)),
      },
      (error) => {
        if (!signal.aborted) throw error;
      },
    );
  }

  /** What cannot be read is the recorder's to set aside: it reads the same topics. */
  private takeEstimate(partition: number, { value, timestamp }: KafkaMessage): void {
    const decoded = decode(value, 'BreathEstimate', 'Watermark', 'RuleSetChange');
    if (decoded.kind !== 'ok' || decoded.value.record === 'RuleSetChange') return;
    const appendedAtMs = Number(timestamp);
    if (decoded.value.record === 'Watermark') {
      this.figures.addWatermark(partition, decoded.value.value, appendedAtMs);
      return;
    }
    const estimate = decoded.value.value;
    this.figures.addEstimate(estimate, appendedAtMs);
    this.publish('estimate', estimate.subjectId, liveEstimateAnswer(estimate));
  }

  private takeAlert({ value, timestamp }: KafkaMessage): void {
    const decoded = decode(value, 'BreathAlert');
    if (decoded.kind !== 'ok') return;
    const alert = decoded.value.value;
    this.publish('alert', alert.subjectId, liveAlertAnswer(alert, Number(timestamp)));
  }

  private publish(event: LiveEvent, subjectId: string, answer: object): void {
    this.hub.publish(event, subjectId, { investigational: true, ...answer });
    this.passed.inc({ event });
  }

  /** Leaves, and takes the group along, since nobody will ever use it again; a broker that is away is not waited for. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('stopping'));
    const leave = this.consumer.disconnect().then(async () => {
      const admin = this.kafka.admin();
      await admin.connect();
      await admin.deleteGroups([this.groupId]).finally(() => admin.disconnect());
    });
    const timeout = new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref());
    await Promise.race([leave.catch(() => undefined), timeout]);
  }
}
