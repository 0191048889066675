import { mkdirSync, readdirSync } from 'node:fs';
import { coalesced } from '../durable-file.js';
import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import { type FaultListener, IGNORE_FAULTS } from './faults.js';
import { ProducerState } from './producer-state.js';
import { type BatchHeader, assignBaseOffset, hasLogAppendTime } from './record-batch.js';
import { parseProduced, readHeader, stampLogAppendTime } from './record-batch.js';
import { readRecords } from './records.js';
import { Segment } from './segment.js';

export interface PartitionSettings {
  readonly logAppendTime: boolean;
  /** Every record needs a key. */
  readonly compacted: boolean;
  readonly maxMessageBytes: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
}

export interface Appended {
  readonly baseOffset: number;
  /** -1 where the producer's own times stand. */
  readonly logAppendTime: number;
}

/**
 * One partition: segments in the order of their offsets, the last of them active. A batch is in the file before
 * `append` returns.
 */
export class PartitionLog {
  private segments: Segment[] = [];
  private producers = new ProducerState();
  private lastAppendTime = 0;
  private waiting = new Set<() => void>();
  private readonly unflushed = new Set<Segment>();
  private startOffset = 0;

  private constructor(
    readonly folder: string,
    private settingsNow: () => PartitionSettings,
    private readonly faults: FaultListener,
  ) {}

  /** Opens the folder, made if absent. `startOffset` is what DeleteRecords left as the first offset. */
  static open(
    folder: string,
    settings: () => PartitionSettings,
    startOffset = 0,
    faults: FaultListener = IGNORE_FAULTS,
  ): PartitionLog {
    mkdirSync(folder, { recursive: true });
    const log = new PartitionLog(folder, settings, faults);
    const baseOffsets = readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    baseOffsets.forEach((baseOffset, at) => {
      const segment = Segment.open(folder, baseOffset, baseOffsets[at + 1], faults);
      for (const header of segment.headers()) log.remember(header);
      log.segments.push(segment);
    });
    if (log.segments.length === 0) log.segments.push(Segment.create(folder, startOffset, faults));
    log.startOffset = startOffset;
    return log;
  }

  private remember(header: BatchHeader): void {
    const appendTime = hasLogAppendTime(header) ? header.maxTimestamp : -1;
    this.producers.note(header, appendTime);
    this.lastAppendTime = Math.max(this.lastAppendTime, appendTime);
  }

  private get active(): Segment {
    return this.segments.at(-1) as Segment;
  }

  get logStartOffset(): number {
    return Math.max(this.startOffset, (this.segments[0] as Segment).baseOffset);
  }

  get nextOffset(): number {
    return this.active.nextOffset;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  get greatestProducerId(): number {
    return this.producers.greatestProducerId;
  }

  /**
   * Appends what a producer sent. A duplicate of an idempotent producer is not appended again and gets its first answer.
   * @throws KafkaError where the batch is refused; KAFKA_STORAGE_ERROR, with the cause, where it cannot be written
   */
  append(records: Buffer, nowMs: number): Appended {
    const settings = this.settingsNow();
    const duplicate = this.producers.check(parseProduced(records, settings.maxMessageBytes));
    if (duplicate !== undefined) return duplicate;
    if (settings.compacted && readRecords(records).some(({ key }) => key === null)) {
      throw new KafkaError(ErrorCode.INVALID_RECORD, 'a record without a key in a compacted topic');
    }
    const batch = records;
    assignBaseOffset(batch, this.nextOffset);
    if (settings.logAppendTime) stampLogAppendTime(batch, Math.max(nowMs, this.lastAppendTime));
    const header = readHeader(batch);
    try {
      this.rollIfDue(settings, header);
      this.active.append(batch);
    } catch (error) {
      const failed = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `${this.folder}: ${(error as Error).message}`);
      failed.cause = error;
      throw failed;
    }
    this.remember(header);
    this.unflushed.add(this.active);
    this.wake();
    return { baseOffset: header.baseOffset, logAppendTime: settings.logAppendTime ? header.maxTimestamp : -1 };
  }

  /** Time here is that of the batches, as in Apache Kafka: old records sent today do not get a segment each. */
  private rollIfDue(settings: PartitionSettings, incoming: BatchHeader): void {
    const { active } = this;
    if (active.isEmpty) return;
    const full = active.sizeBytes + incoming.sizeBytes > settings.segmentBytes;
    if (full || incoming.maxTimestamp - active.firstTimestamp > settings.segmentMs) this.roll();
  }

  private roll(): void {
    this.active.seal(); // first: where it fails, no file was opened that nobody closes
    this.segments.push(Segment.create(this.folder, this.nextOffset, this.faults));
  }

  /**
   * Whole batches from the one that holds `offset`, read from one segment; empty at the end of the log. Damaged ones
   * are left out, as if compaction had taken their records away: the faults say which.
   * @throws KafkaError OFFSET_OUT_OF_RANGE
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): Buffer {
    if (offset < this.logStartOffset || offset > this.nextOffset) {
      throw new KafkaError(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        `offset ${offset} is outside ${this.logStartOffset} to ${this.nextOffset}`,
      );
    }
    for (let at = this.segmentIndexOf(offset); at < this.segments.length; at++) {
      const segment = this.segments[at] as Segment;
      if (segment.nextOffset <= offset) continue; // compaction may have emptied its end
      const batches = segment.readFrom(offset, maxBytes, atLeastOne);
      if (batches !== undefined) return batches;
    }
    return Buffer.alloc(0);
  }

  private segmentIndexOf(offset: number): number {
    let at = this.segments.length - 1;
    while (at > 0 && (this.segments[at] as Segment).baseOffset > offset) at--;
    return at;
  }

  /** The first record at or after `timeMs`, with its time. */
  lookup(timeMs: number): { offset: number; timestamp: number } | undefined {
    for (const segment of this.segments) {
      const batch = segment.maxTimestamp < timeMs ? undefined : segment.firstBatchSince(timeMs);
      if (batch === undefined) continue;
      const header = readHeader(batch);
      if (hasLogAppendTime(header)) return this.notBeforeStart(header.baseOffset, header.maxTimestamp);
      const record = readRecords(batch).find((candidate) => candidate.timestamp >= timeMs);
      if (record !== undefined) return this.notBeforeStart(record.offset, record.timestamp);
    }
    return undefined;
  }

  private notBeforeStart(offset: number, timestamp: number): { offset: number; timestamp: number } {
    return { offset: Math.max(offset, this.logStartOffset), timestamp };
  }

  /** Forgets the records before `offset`; whole segments before it are deleted. */
  deleteBefore(offset: number): number {
    if (offset > this.nextOffset || offset < 0) {
      throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, `offset ${offset} is not within the log`);
    }
    this.startOffset = Math.max(this.logStartOffset, offset);
    while (this.segments.length > 1 && (this.segments[1] as Segment).baseOffset <= this.startOffset) this.dropOldest();
    return this.logStartOffset;
  }

  /** Deletes whole segments whose newest record is older than `retentionMs`, and the oldest ones beyond `retentionBytes`; -1 is no limit. */
  applyRetention(retentionMs: number, retentionBytes: number, nowMs: number): number {
    let deleted = 0;
    const expired = (segment: Segment) => retentionMs >= 0 && segment.maxTimestamp < nowMs - retentionMs;
    for (; !(this.segments[0] as Segment).isEmpty && expired(this.segments[0] as Segment); deleted++) {
      if (this.segments.length === 1) this.roll();
      this.dropOldest();
    }
    let sizeBytes = this.sizeBytes;
    while (retentionBytes >= 0 && this.segments.length > 1) {
      const oldest = this.segments[0] as Segment;
      if (sizeBytes - oldest.sizeBytes < retentionBytes) break;
      sizeBytes -= oldest.sizeBytes;
      this.dropOldest();
      deleted++;
    }
    return deleted;
  }

  private dropOldest(): void {
    this.segments.shift()?.remove();
  }

  /** From the oldest to the active one. */
  get allSegments(): readonly Segment[] {
    return this.segments;
  }

  /** Whether a batch was found that cannot be read. */
  get isDamaged(): boolean {
    return this.segments.some((segment) => segment.isDamaged);
  }

  /**
   * Leaves a sealed segment with these batches only. An empty one is left out, but for the first: the log still begins
   * where it did.
   * @returns the bytes that were freed
   */
  rewriteSealed(old: Segment, batches: readonly Buffer[]): number {
    const at = this.segments.indexOf(old);
    const rewritten = old.rewrite(batches, (this.segments[at + 1] as Segment).baseOffset);
    this.segments[at] = rewritten;
    if (rewritten.isEmpty && at > 0) {
      this.segments.splice(at, 1);
      rewritten.remove();
    }
    return old.sizeBytes - rewritten.sizeBytes;
  }

  /** Calls back at the next append (or at once when the log closes). @returns takes the request back */
  onAppend(callback: () => void): () => void {
    this.waiting.add(callback);
    return () => this.waiting.delete(callback);
  }

  private wake(): void {
    const callbacks = [...this.waiting];
    this.waiting.clear();
    for (const callback of callbacks) callback();
  }

  /** What was appended before is on the disk when this resolves. */
  readonly flush = coalesced(async () => {
    for (const segment of [...this.unflushed]) {
      this.unflushed.delete(segment); // before: what is appended meanwhile waits for the next flush
      await segment.flush().catch((error: unknown) => {
        this.unflushed.add(segment);
        throw error;
      });
    }
  });

  close(): void {
    this.wake();
    for (const segment of this.segments) segment.close();
  }
}
