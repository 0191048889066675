import { setTimeout as sleep } from 'node:timers/promises';
import { RulesInForce } from '#libs/alert-control';
import { TOPICS, encode } from '#libs/contracts';
import { LogProducer, type OutgoingRecord, createKafka, ensureTopics, isTransient } from '#libs/messaging';
import { createLogger } from '#libs/platform';
import { sampleEstimate } from '../../support/sample-estimate.js';
import { eventually } from '../../support/stack.js';
import { pick, randomFrom } from './random.js';

/** A step of half a minute of the people's time every so often: 150 times as fast as life. */
const STEP_EVERY_MS = 200;
const WINDOWS_PER_STEP = 10;
/** Sessions begin so far in the past that the first alerts come late, and the later ones in time. */
const PAST_MS = 90 * 60_000;
const RULES_EVERY_STEPS = 20;
const PATIENCE_MS = 300_000;
const DAY_MS = 86_400_000;

/** Rules that raise and end alerts within minutes; the threshold makes the version. */
const rulesAbove = (ratePerMinute: number): string => `
rules:
  - id: fast
    description: Fast breathing
    severity: warning
    signal: { kind: rate }
    when: { above: ${ratePerMinute} }
    for: 1m
    clearFor: 30s
    onGap: resolve
    gapGrace: 3m
    repeat: 5m
  - id: silent
    description: Nothing comes
    severity: info
    signal: { kind: received-share }
    when: { below: 0.2 }
    inhibit: [fast]
`;

type Mode = 'normal' | 'heavy' | 'noisy' | 'silent';
const MODES: readonly Mode[] = ['normal', 'heavy', 'heavy', 'noisy', 'silent'];

/**
 * What an estimator might append, straight into the estimates topic: people who breathe slowly, fast or not at all, with
 * repeats, stale watermarks, long silences, and rules that change. What came of it is read from the log alone, so a send
 * that is tried again may stand there twice.
 */
export class EstimatesLoad {
  private readonly random: () => number;
  private readonly producer: LogProducer;
  private readonly rules: RulesInForce;
  private readonly stopping = new AbortController();
  private readonly people: { subjectId: string; mode: Mode; untilStep: number }[];
  private readonly startedAtMs = Date.now() - PAST_MS;
  private running: Promise<void> | undefined;
  private partitions = 0;
  private step = 0;
  private logMs = Date.now();
  /** Of the rules that were put in force last. */
  rulesVersion = 0;

  constructor(
    private readonly brokers: string,
    seed: number,
    people: number,
  ) {
    this.random = randomFrom(seed);
    this.people = Array.from({ length: people }, (_, n) => ({
      subjectId: `person-${n}`,
      mode: 'normal',
      untilStep: 0,
    }));
    this.producer = new LogProducer(this.kafka());
    this.rules = new RulesInForce(this.kafka(), 'load-rules');
  }

  /** Resolves when the topic is there and the first rules should be in force, and then sends until `stop`. */
  async start(): Promise<void> {
    const topics = () => ensureTopics(this.kafka(), [TOPICS.estimates]);
    this.partitions = await eventually('the topic of the load', topics, () => true, PATIENCE_MS);
    await eventually('the rules of the load', () => this.rules.start(), () => true, PATIENCE_MS); // prettier-ignore
    await this.changeRules();
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all([this.producer.disconnect(), this.rules.stop()]);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.untilDelivered(this.nextStep());
      if (this.step % RULES_EVERY_STEPS === 0) await this.changeRules();
      await sleep(STEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private nextStep(): OutgoingRecord[] {
    const { random } = this;
    const estimates = this.people.flatMap((person) => {
      if (this.step >= person.untilStep) {
        person.mode = pick(random, MODES);
        person.untilStep = this.step + 2 + Math.floor(random() * 14);
      }
      return person.mode === 'silent' ? [] : this.windowsOf(person.subjectId, person.mode);
    });
    const repeats = random() < 0.1 ? estimates.slice(0, Math.floor(random() * estimates.length)) : [];
    this.step += 1;
    this.logMs += random() < 0.02 ? 21 * DAY_MS : 30_000;
    const stale = random() < 0.1 ? this.watermarks(this.logMs - 90_000) : [];
    return [...estimates, ...repeats, ...this.watermarks(this.logMs), ...stale];
  }

  private windowsOf(subjectId: string, mode: Mode): OutgoingRecord[] {
    return Array.from({ length: WINDOWS_PER_STEP }, (_, n) => {
      const rate = mode === 'heavy' ? 32 : 15;
      const estimate = sampleEstimate(subjectId, this.step * WINDOWS_PER_STEP + n, this.startedAtMs, {
        rrPerMinute: Math.round(10 * (rate + 2 * this.random())) / 10,
        quality: mode === 'noisy' ? 'noisy' : 'ok',
        restState: this.random() < 0.9 ? 'rest' : 'active',
      });
      return { topic: TOPICS.estimates, key: subjectId, value: encode('BreathEstimate', estimate) };
    });
  }

  private watermarks(processedThrough: number): OutgoingRecord[] {
    const value = encode('Watermark', { processedThrough, caughtUp: true });
    return Array.from({ length: this.partitions }, (_, partition) => ({
      topic: TOPICS.estimates,
      partition,
      key: null,
      value,
    }));
  }

  private async changeRules(): Promise<void> {
    const files = { 'rules.yaml': rulesAbove(pick(this.random, [22, 25, 28])) };
    const change = await untilTaken(() => this.rules.put(this.producer, files, 'the load', Date.now()));
    this.rulesVersion = change.version;
  }

  private untilDelivered(records: OutgoingRecord[]): Promise<void> {
    return untilTaken(() => this.producer.append(records));
  }

  private kafka() {
    return createKafka([this.brokers], 'eupnea-load', createLogger('load', 'silent'));
  }
}

/** A broker that is away is tried until it is back. */
async function untilTaken<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await sleep(250);
    }
  }
}
