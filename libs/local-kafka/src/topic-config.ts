import type { PartitionSettings } from './log/partition-log.js';
import { ErrorCode, KafkaError } from './protocol/error-codes.js';

type Check = (value: string) => boolean;

const integer =
  (least: number): Check =>
  (value) =>
    /^-?\d+$/.test(value) && Number(value) >= least && Number.isSafeInteger(Number(value));
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value);
const fraction: Check = (value) => value !== '' && Number(value) >= 0 && Number(value) <= 1;
const policies: Check = (value) => value.split(',').every((policy) => ['delete', 'compact'].includes(policy.trim()));

/** Apache Kafka's names and defaults; segments are smaller here, since a start reads the newest one whole. */
const KNOWN: Record<string, { default: string; check: Check }> = {
  'cleanup.policy': { default: 'delete', check: policies },
  'compression.type': { default: 'producer', check: oneOf('producer') },
  'delete.retention.ms': { default: '86400000', check: integer(0) },
  'max.message.bytes': { default: '1048588', check: integer(0) },
  'message.timestamp.type': { default: 'CreateTime', check: oneOf('CreateTime', 'LogAppendTime') },
  'min.cleanable.dirty.ratio': { default: '0.5', check: fraction },
  'min.insync.replicas': { default: '1', check: oneOf('1') },
  'retention.bytes': { default: '-1', check: integer(-1) },
  'retention.ms': { default: '604800000', check: integer(-1) },
  'segment.bytes': { default: String(64 * 2 ** 20), check: integer(14) },
  'segment.ms': { default: '604800000', check: integer(1) },
};

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
  readonly isDefault: boolean;
}

/** A topic's settings: what was given, over the defaults. */
export class TopicConfig {
  private constructor(private readonly given: ReadonlyMap<string, string>) {}

  /** @throws KafkaError INVALID_CONFIG for an unknown name or an unusable value */
  static of(given: Iterable<readonly [string, string | null]>): TopicConfig {
    const values = new Map<string, string>();
    for (const [name, value] of given) {
      const known = KNOWN[name];
      if (known === undefined) throw new KafkaError(ErrorCode.INVALID_CONFIG, `unknown topic setting ${name}`);
      if (value === null) continue;
      if (!known.check(value)) throw new KafkaError(ErrorCode.INVALID_CONFIG, `${name} cannot be '${value}'`);
      values.set(name, value);
    }
    return new TopicConfig(values);
  }

  get(name: string): string {
    return this.given.get(name) ?? (KNOWN[name]?.default as string);
  }

  number(name: string): number {
    return Number(this.get(name));
  }

  has(policy: 'delete' | 'compact'): boolean {
    return this.get('cleanup.policy')
      .split(',')
      .some((given) => given.trim() === policy);
  }

  entries(): ConfigEntry[] {
    return Object.keys(KNOWN).map((name) => ({ name, value: this.get(name), isDefault: !this.given.has(name) }));
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.given);
  }

  get partitionSettings(): PartitionSettings {
    return {
      logAppendTime: this.get('message.timestamp.type') === 'LogAppendTime',
      compacted: this.has('compact'),
      maxMessageBytes: this.number('max.message.bytes'),
      segmentBytes: this.number('segment.bytes'),
      segmentMs: this.number('segment.ms'),
    };
  }
}
