import { type BreathEstimate, encode, timeOfSampleMs } from '#libs/contracts';
import {
  type EstimateModel,
  type PartitionOptions,
  PartitionStreams,
  type StreamWindow,
  type TimeRange,
  beginsIn,
  decodeMarks,
  encodeMarks,
  estimateWindows,
} from '#libs/estimation';
import {
  type BatchContext,
  type CommitMark,
  type LogRecord,
  type PartitionHandler,
  withHeartbeat,
} from '#libs/messaging';
import { readEstimate } from '#libs/store';

/** Windows hold their frames (100 kB each), so few wait for the network. */
const WINDOWS_AT_ONCE = 64;
/** ClickHouse likes few large inserts; a stop costs the inference of at most as many again. */
const ROWS_AT_ONCE = 2_000;

export interface PartitionRescorerDeps {
  options: PartitionOptions;
  model: EstimateModel;
  range: TimeRange;
  /** Offset behind the last record to be replayed. What comes later may be replayed as well. */
  end: bigint;
  committed: CommitMark;
  /** Makes rows durable, and their buckets right. */
  record(rows: BreathEstimate[]): Promise<void>;
  /** Throws where records from this offset on have expired. */
  requireHeld(offset: bigint): Promise<void>;
}

/**
 * One partition of the audio topic through another model, into the store. Rows are gathered over several batches, and the
 * mark stays where the last ones became durable, so that a crash repeats rows and loses none.
 */
export class PartitionRescorer implements PartitionHandler {
  private readonly streams: PartitionStreams;
  private next: bigint;
  private mark: CommitMark;
  private rows: BreathEstimate[] = [];

  constructor(private readonly deps: PartitionRescorerDeps) {
    const { options, model, committed } = deps;
    this.mark = committed;
    this.next = committed.offset;
    const marks = decodeMarks(committed.offset, committed.metadata);
    this.streams = new PartitionStreams({ ...options, extractor: model.extractor }, marks);
  }

  async process(records: LogRecord[], context: BatchContext): Promise<CommitMark> {
    const [first, last] = [records[0] as LogRecord, records.at(-1) as LogRecord];
    if (first.offset > this.next) await this.deps.requireHeld(this.next); // kafkajs skips what has expired
    let windows: StreamWindow[] = [];
    for (const record of records) {
      windows.push(...this.streams.take(record).windows.filter((window) => this.isWanted(window)));
      if (windows.length < WINDOWS_AT_ONCE) continue;
      await this.estimate(windows);
      windows = [];
      await context.heartbeat();
    }
    await this.estimate(windows);
    this.next = last.offset + 1n;
    if (this.rows.length >= ROWS_AT_ONCE || this.next >= this.deps.end) await this.flush(context);
    return this.mark;
  }

  private isWanted({ stream, window }: StreamWindow): boolean {
    return beginsIn(this.deps.range, timeOfSampleMs(stream.sessionStartedAt, window.startSample));
  }

  private async estimate(windows: StreamWindow[]): Promise<void> {
    for (const estimate of await estimateWindows(windows, this.deps.model)) {
      // As the recorder reads it from the log: rounded to single precision, and left out where no column can hold it.
      const read = readEstimate({ value: encode('BreathEstimate', estimate) });
      if (read.kind === 'ok') this.rows.push(read.value);
    }
  }

  private async flush(context: BatchContext): Promise<void> {
    const { rows } = this;
    if (rows.length > 0) await withHeartbeat(context, () => this.deps.record(rows));
    this.rows = [];
    const marks = this.streams.marks(this.next);
    this.mark = { offset: marks.low, metadata: encodeMarks(marks) };
  }
}
