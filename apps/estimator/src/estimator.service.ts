import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createOnnxEngine, loadBundle } from '#libs/breath-model';
import { TOPICS, deadLetterTopic } from '#libs/contracts';
import { type EstimateModel, estimateModel, optionsFrom } from '#libs/estimation';
import { LogConsumer, LogProducer, createKafka, ensureTopics, partitionerFor } from '#libs/messaging';
import { Health, LOGGER, type Logger, waitFor } from '#libs/platform';
import { ESTIMATOR_CONFIG, type EstimatorConfig } from './config.js';
import { PartitionEstimator } from './partition-estimator.js';

/** Wires the estimator to the log: model, topics, producer, consumer, in this order, and back. */
@Injectable()
export class EstimatorService implements OnApplicationBootstrap, OnApplicationShutdown {
  private state = 'loading the model';
  private consumer: LogConsumer | undefined;
  private producer: LogProducer | undefined;
  private readonly stopping = new AbortController();

  constructor(
    @Inject(ESTIMATOR_CONFIG) private readonly config: EstimatorConfig,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    health.addReady('estimator', () => (this.consumer?.isJoined ? { ok: true } : { ok: false, detail: this.state }));
  }

  /** Loads the model, which must be right before anything else, and then waits for the broker in the background. */
  async onApplicationBootstrap(): Promise<void> {
    const bundle = await loadBundle(this.config.MODEL_PATH);
    const engine = await createOnnxEngine(bundle);
    this.logger.info({ model: engine.modelVersion }, `model ${engine.modelVersion}`);
    void this.run(estimateModel(bundle, engine)).catch((error: unknown) => {
      if (!this.stopping.signal.aborted) throw error;
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.consumer?.stop();
    await this.producer?.disconnect();
  }

  private async run(model: EstimateModel): Promise<void> {
    const { KAFKA_BROKERS, ESTIMATOR_GROUP, EUPNEA_PARTITIONS, WATERMARK_SECONDS } = this.config;
    const kafka = createKafka(KAFKA_BROKERS, 'eupnea-estimator', this.logger);
    this.state = `waiting for Kafka at ${KAFKA_BROKERS.join(', ')}`;
    const topics = [TOPICS.audio, TOPICS.estimates, deadLetterTopic(TOPICS.audio)];
    const partitions = await waitFor(
      `Kafka at ${KAFKA_BROKERS.join(', ')}`,
      () => ensureTopics(kafka, topics, EUPNEA_PARTITIONS),
      this.logger,
      this.stopping.signal,
    );
    const producer = new LogProducer(kafka);
    this.producer = producer;
    await producer.connect();

    this.state = 'joining the group';
    const partitionOfKey = partitionerFor(partitions);
    this.consumer = new LogConsumer({
      kafka,
      groupId: ESTIMATOR_GROUP,
      topics: [TOPICS.audio],
      logger: this.logger,
      sessionTimeoutMs: this.config.KAFKA_SESSION_TIMEOUT_MS,
      tickEveryMs: WATERMARK_SECONDS * 1000,
      open: ({ partition }, committed) =>
        new PartitionEstimator({ partition, partitionOfKey, ...optionsFrom(this.config) }, model, producer, committed),
    });
    await this.consumer.start();
    this.logger.info({ partitions }, 'reading audio');
  }
}
