import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '#libs/contracts';
import { LogProducer, createKafka, ensureTopics, isTransient } from '#libs/messaging';
import { createLogger } from '#libs/platform';
import { eventually } from '../../support/stack.js';
import { type SentRecord, awkwardSession } from './awkward-session.js';
import { randomFrom } from './random.js';

/** What has to be made up for after an outage goes out in portions, so that it stays bounded in memory. */
const MOST_SECONDS_AT_ONCE = 5;
/** Sessions begin so far in the past, so that they touch several quarters of an hour. */
const PAST_MS = 40 * 60_000;
const TOPIC_PATIENCE_MS = 300_000;

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

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.producer.disconnect();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const startedAtMs = Date.now();
    for (let sentSeconds = 0; !signal.aborted;) {
      const due = Math.floor((Date.now() - startedAtMs) / 1_000) - sentSeconds;
      const seconds = Math.min(due, MOST_SECONDS_AT_ONCE);
      for (let second = 0; second < seconds; second++) {
        await this.deliver(this.devices.flatMap((device) => device.next().value as SentRecord[]));
      }
      sentSeconds += Math.max(0, seconds);
      if (due <= seconds) await sleep(100, undefined, { signal }).catch(() => undefined);
    }
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
