import type { LogRecord } from './log-record.js';

export interface TopicPartition {
  topic: string;
  partition: number;
}

/** Where a new owner begins to read, with what it needs to know beside it. */
export interface CommitMark {
  offset: bigint;
  metadata?: string;
}

export interface BatchContext {
  /** Offset behind the newest record of the partition. */
  highWatermark: bigint;
  /** What a next owner would begin with; undefined before the first commit. */
  committed: CommitMark | undefined;
  /** To be called now and then in long work, so that the group does not take the member for dead. */
  heartbeat: () => Promise<void>;
  /** False once the partition was given away: what is published from then on is the next owner's to publish. */
  isCurrent: () => boolean;
}

/** What a service does with one partition. Its calls never overlap. */
export interface PartitionHandler {
  /** Where its records begin, where that is not the committed offset. */
  readonly startAt?: bigint | undefined;
  /** Resolves when everything that the records caused is durable downstream, with the mark to commit. */
  process(records: LogRecord[], context: BatchContext): Promise<CommitMark>;
  tick?(): Promise<void>;
  /**
   * What may be committed between batches, where things become durable after `process` resolved. Asked after each tick
   * and when the member leaves; committed where it differs from the last commit.
   */
  durableMark?(): CommitMark | undefined;
  /** The partition is owned no more (not: begun anew after a fault, where the next handler takes over); a call of `process` may still be under way. */
  close?(): void;
}
