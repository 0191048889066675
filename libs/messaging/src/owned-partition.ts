import type { CommitMark, PartitionHandler, TopicPartition } from './partition.js';

/** A partition under one assignment: its state, where its records continue, and one thing at a time. */
export class OwnedPartition {
  private tail: Promise<unknown> = Promise.resolve();
  private hasSought = false;
  /** Where reading began; a fault before the first commit goes back to it. */
  start: bigint | undefined;
  /** Offset of the next record to be handed over; undefined until the first batch where nothing was committed. */
  next: bigint | undefined;
  /** The last commit of this owner. */
  committed: CommitMark | undefined;

  constructor(
    readonly partition: TopicPartition,
    readonly handler: PartitionHandler,
    committed: bigint | undefined,
  ) {
    this.start = committed;
    this.next = committed;
  }

  /** Reading was set to this offset. */
  beginAt(offset: bigint | undefined): void {
    this.start = offset;
    this.next = offset;
    this.hasSought = true;
  }

  /**
   * Whether a batch continues what was handed over. The group may have fetched from a commit that is newer than the one
   * that our state was made from: then it begins too late, and the partition seeks, once. Later holes are the log's own.
   */
  place(first: bigint): 'continues' | 'seek' | 'hole' {
    if (this.next === undefined || first <= this.next) return 'continues';
    if (this.hasSought) return 'hole';
    this.hasSought = true;
    return 'seek';
  }

  /** Takes note of a batch up to `end`, and returns the offset of its first new record. */
  advance(first: bigint, end: bigint): bigint {
    const from = this.next ?? first;
    this.start ??= from;
    this.hasSought = true;
    this.next = end > from ? end : from;
    return from;
  }

  /** The handler's mark, where it is another than what was committed last. */
  newMark(): CommitMark | undefined {
    const mark = this.handler.durableMark?.();
    const isSame = mark?.offset === this.committed?.offset && mark?.metadata === this.committed?.metadata;
    return isSame ? undefined : mark;
  }

  exclusively(work: () => Promise<void>): Promise<void> {
    const result = this.tail.then(work);
    this.tail = result.catch(() => undefined);
    return result;
  }
}
