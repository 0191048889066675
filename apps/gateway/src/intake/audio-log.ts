import { TOPICS, type AudioChunk, encode } from '#libs/contracts';
import { LogProducer, createKafka, ensureTopics, isTransient } from '#libs/messaging';
import { Health, LOGGER, type Logger, waitFor } from '#libs/platform';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { gatewayMetrics } from '../metrics.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';

/** The audio topic, and how much of what is meant for it is still in memory. */
@Injectable()
export class AudioLog implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly kafka: Kafka;
  private readonly producer: LogProducer;
  private readonly stopping = new AbortController();
  private readonly broker: string;
  private waitingBytes = 0;
  isReady = false;

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    this.broker = `Kafka at ${settings.KAFKA_BROKERS.join(', ')}`;
    this.kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-gateway', logger);
    this.producer = new LogProducer(this.kafka);
    health.addReady('log', () => (this.isReady ? { ok: true } : { ok: false, detail: `waiting for ${this.broker}` }));
  }

  /** Does not hold the boot up: health answers while this waits. */
  onApplicationBootstrap(): void {
    void this.start();
  }

  private async start(): Promise<void> {
    const { signal } = this.stopping;
    try {
      await this.patiently(() => ensureTopics(this.kafka, [TOPICS.audio]), signal);
      await this.patiently(() => this.producer.connect(), signal);
      this.isReady = true;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.producer.disconnect();
  }

  /** Makes room for so many bytes until `release`. @returns false when that would be more than may wait */
  reserve(bytes: number): boolean {
    if (this.waitingBytes + bytes > this.settings.GATEWAY_MAX_WAITING_BYTES) return false;
    this.waitingBytes += bytes;
    gatewayMetrics.waitingBytes.set(this.waitingBytes);
    return true;
  }

  release(bytes: number): void {
    this.waitingBytes -= bytes;
    gatewayMetrics.waitingBytes.set(this.waitingBytes);
  }

  /** Resolves when all of them are durable, in this order. @throws a transient fault when nobody knows whether they are */
  async append(chunks: AudioChunk[]): Promise<void> {
    const stopTimer = gatewayMetrics.appendSeconds.startTimer();
    await this.producer.append(
      chunks.map((chunk) => ({ topic: TOPICS.audio, key: chunk.subjectId, value: encode('AudioChunk', chunk) })),
    );
    stopTimer();
  }

  /** Tries until it works; what the broker refuses for good is thrown. */
  private async patiently(attempt: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    const outcome = await waitFor(
      this.broker,
      () =>
        attempt().then(
          () => undefined,
          (error: unknown) => {
            if (isTransient(error)) throw error;
            return { error };
          },
        ),
      this.logger,
      signal,
    );
    if (outcome) throw outcome.error;
  }
}
