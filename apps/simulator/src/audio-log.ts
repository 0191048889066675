import { LogProducer, type OutgoingRecord, createKafka, ensureTopics, isTransient } from '#libs/messaging';
import { type Logger, waitFor } from '#libs/platform';
import type { Outlet } from './outlet.js';

/** kafkajs retries by itself for a while before an error comes out; by then somebody wants to know why nothing moves. */
const PATIENCE_MS = 3_000;

/**
 * Topics of the log, written directly. Every send is acknowledged before the next begins, and waits while the broker is
 * away. What is sent twice because an acknowledgement got lost is a duplicate to every reader.
 */
export class AudioLog implements Outlet {
  private constructor(
    private readonly producer: LogProducer,
    private readonly broker: string,
    private readonly logger: Logger,
  ) {}

  /**
   * Waits for the broker and creates the topics that are missing.
   * @throws EupneaError TOPIC_MISMATCH
   */
  static async connect(brokers: string[], topics: string[], logger: Logger): Promise<AudioLog> {
    // What kafkajs says about every attempt is noise beside "waiting for".
    const kafka = createKafka(brokers, 'eupnea-simulator', logger.child({}, { level: 'error' }));
    const producer = new LogProducer(kafka);
    const log = new AudioLog(producer, `Kafka at ${brokers.join(', ')}`, logger);
    await log.patiently(() => ensureTopics(kafka, topics));
    await log.patiently(() => producer.connect());
    return log;
  }

  /**
   * Returns when everything is acknowledged. Once the signal is aborted nothing is waited for any more: what the broker
   * does not take at the first attempt is left out.
   */
  async send(records: OutgoingRecord[], signal: AbortSignal): Promise<void> {
    const append = () => this.producer.append(records);
    try {
      await (signal.aborted ? append() : this.patiently(append, signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  close(): Promise<void> {
    return this.producer.disconnect();
  }

  /** A broker that is away comes back; what it refuses, it refuses again. */
  private async patiently(action: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
    const attempt = () =>
      action().then(
        () => undefined,
        (error: unknown) => {
          if (isTransient(error)) throw error;
          return { error };
        },
      );
    const impatience = setTimeout(() => this.logger.warn(`waiting for ${this.broker}`), PATIENCE_MS);
    try {
      const refusal = await waitFor(this.broker, attempt, this.logger, signal);
      if (refusal !== undefined) throw refusal.error;
    } finally {
      clearTimeout(impatience);
    }
  }
}
