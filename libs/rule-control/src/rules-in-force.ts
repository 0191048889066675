import { type RuleSetChange, TOPICS, decode } from '#libs/contracts';
import { Projection, ensureTopics } from '#libs/messaging';
import type { Kafka } from 'kafkajs';

/** This process's view of the control topic of rules: which set should be in force. */
export class RulesInForce {
  private newest: RuleSetChange | undefined;
  private projection: Projection | undefined;
  private readonly waiting = new Set<() => void>();

  /** @param reader part of the name of its consumer group */
  constructor(
    private readonly kafka: Kafka,
    private readonly reader: string,
  ) {}

  /** Undefined before anybody put rules in force. */
  get current(): RuleSetChange | undefined {
    return this.newest;
  }

  /** Resolves when everything that the topic held was read. @throws a transient fault while the broker is away */
  async start(): Promise<void> {
    await ensureTopics(this.kafka, [TOPICS.rules]);
    const { kafka, reader } = this;
    const projection = new Projection({ kafka, topic: TOPICS.rules, reader, apply: (_, value) => this.apply(value) });
    this.projection = projection;
    await projection.start().catch(async (error: unknown) => {
      await projection.stop();
      throw error;
    });
  }

  /** Resolves with the set that has this version, or a later one, once it was read. */
  async reached(version: number): Promise<RuleSetChange> {
    for (;;) {
      if (this.newest && this.newest.version >= version) return this.newest;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  async stop(): Promise<void> {
    await this.projection?.stop();
  }

  /** What does not go beyond the set before is stale; what does not decode is no set of ours. */
  private apply(value: Buffer | null): void {
    const decoded = decode(value, 'RuleSetChange');
    if (decoded.kind !== 'ok' || decoded.value.value.version <= (this.newest?.version ?? 0)) return;
    this.newest = decoded.value.value;
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
