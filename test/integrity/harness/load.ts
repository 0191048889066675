import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '#libs/contracts';
import { LogProducer, createKafka, ensureTopics, isTransient } from '#libs/messaging';
import { createLogger } from '#libs/platform';
import { eventually } from '../../support/stack.js';
import { type SentRecord, awkwardSession } from './awkward-session.js';
import { randomFrom } from './random.js';

/** Sessions begin so far in the past, so that they touch several quarters of an hour. */
const PAST_MS = 40 * 60_000;
const TOPIC_PATIENCE_MS = 300_000;
const MAKING_UP_PATIENCE_MS = 600_000;

/**
 * Awkward devices, each with one session after another, a second of sound each second. A second that the broker does
 * not take is tried again, as a device with a buffer would, until it does.
 */
export class Load {
  private readonly devices: Generator<SentRecord[]>[];
  private readonly producer: LogProducer;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** How often the producer told that it could not deliver. */
  refusals = 0;
  private startedAtMs = 0;
  private deliveredSeconds = 0;

  constructor(
    private readonly brokers: string,
    seed: number,
    streams: number,
    fleet = 'awkward',
  ) {
    this.devices = Array.from({ length: streams }, (_, n) => sessionsWithoutEnd(seed + n, `${fleet}-${n}`));
    this.producer = new LogProducer(this.kafka());
  }

  /** Resolves when the topic is there, and then sends until `stop`. */
  async start(): Promise<void> {
    const topics = () => ensureTopics(this.kafka(), [TOPICS.audio]);
    await eventually('the topic of the load', topics, () => true, TOPIC_PATIENCE_MS);
    this.running = this.run();
  }

  /** Resolves when everything that was recorded while nothing could be delivered is delivered. */
  async madeUp(): Promise<void> {
    const behind = () => Promise.resolve(this.undeliveredSeconds());
    await eventually('the buffers of the devices', behind, (seconds) => seconds <= 1, MAKING_UP_PATIENCE_MS);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.producer.disconnect();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    this.startedAtMs = Date.now();
    while (!signal.aborted) {
      if (this.undeliveredSeconds() < 1) {
        await sleep(100, undefined, { signal }).catch(() => undefined);
        continue;
      }
      await this.deliver(this.devices.flatMap((device) => device.next().value as SentRecord[]));
      this.deliveredSeconds += 1;
    }
  }

  private undeliveredSeconds(): number {
    return Math.floor((Date.now() - this.startedAtMs) / 1_000) - this.deliveredSeconds;
  }

  private async deliver(records: SentRecord[]): Promise<void> {
    const outgoing = records.map((record) => ({ topic: TOPICS.audio, ...record }));
    for (;;) {
      try {
        await this.producer.append(outgoing);
        return;
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.refusals += 1;
        await sleep(250);
      }
    }
  }

  private kafka() {
    return createKafka([this.brokers], 'eupnea-load', createLogger('load', 'silent'));
  }
}

function* sessionsWithoutEnd(seed: number, device: string): Generator<SentRecord[]> {
  const random = randomFrom(seed);
  for (let session = 0; ; session++) {
    const startedAtMs = Date.now() - Math.round(random() * PAST_MS);
    yield* awkwardSession(random, device, `${device}-${session}`, startedAtMs);
  }
}
