import { type BreathEstimate, TOPICS, encode } from '#libs/contracts';
import {
  type EstimateModel,
  type PartitionOptions,
  PartitionStreams,
  type StreamWindow,
  decodeMarks,
  encodeMarks,
  estimateWindows,
} from '#libs/estimation';
import {
  type BatchContext,
  type CommitMark,
  type LogProducer,
  type LogRecord,
  type OutgoingRecord,
  type PartitionHandler,
  deadLetterOf,
} from '#libs/messaging';
import { faultPoint } from '#libs/platform';
import * as metrics from './estimator-metrics.js';

/** Headers of an estimate: when things happened. They are no part of the record, so a replay repeats its bytes. */
const TIME_HEADERS = { appended: 'eupnea-chunk-appended-at', published: 'eupnea-published-at' } as const;

/** Windows of a batch wait for each other no longer than this many, so that memory stays bounded in a fast replay. */
const MOST_WINDOWS_IN_FLIGHT = 256;

interface Completed extends StreamWindow {
  /** LogAppendTime of the chunk that completed the window. */
  appendTimeMs: number;
}

/** One partition of the audio topic: chunks in, estimates and dead letters out, then the marks to commit. */
export class PartitionEstimator implements PartitionHandler {
  private readonly streams: PartitionStreams;
  private readonly labels: { partition: string };
  private lastAppendTimeMs: number | undefined;
  private caughtUp = false;

  constructor(
    private readonly options: PartitionOptions,
    private readonly model: EstimateModel,
    private readonly producer: LogProducer,
    committed: CommitMark | undefined,
  ) {
    this.streams = new PartitionStreams(
      { ...options, extractor: model.extractor },
      committed && decodeMarks(committed.offset, committed.metadata),
    );
    this.labels = { partition: String(options.partition) };
  }

  async process(records: LogRecord[], context: BatchContext): Promise<CommitMark> {
    this.tellLag((records[0] as LogRecord).offset, context); // a wait below must not hide how far behind it is
    let windows: Completed[] = [];
    const outgoing: OutgoingRecord[] = [];
    for (const record of records) {
      const outcome = this.streams.take(record);
      for (const window of outcome.windows) windows.push({ ...window, appendTimeMs: record.appendTimeMs });
      if (outcome.rejection) {
        const { reject, stage } = outcome.rejection;
        outgoing.push(deadLetterOf(record, reject, stage));
        metrics.deadLettersTotal.inc({ code: reject.code });
      }
      if (outcome.dropped) metrics.dropsTotal.inc({ reason: outcome.dropped });
      if (outcome.irregular) metrics.irregularTotal.inc({ kind: outcome.irregular });
      if (windows.length >= MOST_WINDOWS_IN_FLIGHT) {
        await this.publish(windows, outgoing.splice(0), context);
        windows = [];
        await context.heartbeat();
      }
    }
    await this.publish(windows, outgoing, context);
    metrics.chunksTotal.inc(records.length);
    return this.markBehind(records, context);
  }

  /** The next owner, here or elsewhere, tells the lag from now on. */
  close(): void {
    metrics.liveStreams.remove(this.labels);
    metrics.processedLag.remove(this.labels);
  }

  /** Appends how far this partition is, after everything that it covers. */
  async tick(): Promise<void> {
    if (this.lastAppendTimeMs === undefined) return;
    const value = encode('Watermark', { processedThrough: this.lastAppendTimeMs, caughtUp: this.caughtUp });
    await this.producer.append([{ topic: TOPICS.estimates, partition: this.options.partition, key: null, value }]);
  }

  private markBehind(records: LogRecord[], context: BatchContext): CommitMark {
    const last = records[records.length - 1] as LogRecord;
    const next = last.offset + 1n;
    this.lastAppendTimeMs = last.appendTimeMs;
    this.caughtUp = next >= context.highWatermark;
    if (context.isCurrent()) metrics.liveStreams.set(this.labels, this.streams.liveStreams);
    this.tellLag(next, context);
    const marks = this.streams.marks(next);
    return { offset: marks.low, metadata: encodeMarks(marks) };
  }

  private tellLag(next: bigint, { highWatermark, isCurrent }: BatchContext): void {
    if (isCurrent()) metrics.processedLag.set(this.labels, Number(highWatermark - next));
  }

  private async publish(windows: Completed[], outgoing: OutgoingRecord[], { isCurrent }: BatchContext): Promise<void> {
    if (windows.length === 0 && outgoing.length === 0) return;
    const stop = metrics.inferenceSeconds.startTimer();
    const estimates = await estimateWindows(windows, this.model);
    if (windows.length > 0) stop();
    if (!isCurrent()) return; // the next owner publishes them, and ours would come among its later ones
    const publishedAt = Date.now();
    await this.producer.append([
      ...estimates.map((estimate, index) => this.toRecord(estimate, windows[index] as Completed, publishedAt)),
      ...outgoing,
    ]);
    if (estimates.length > 0) faultPoint('estimator.afterProduce');
    const acknowledgedAt = Date.now();
    estimates.forEach(({ quality }, index) => {
      metrics.estimatesTotal.inc({ quality });
      metrics.estimateLatency.observe((acknowledgedAt - (windows[index] as Completed).appendTimeMs) / 1000);
    });
  }

  private toRecord(estimate: BreathEstimate, { appendTimeMs }: Completed, publishedAt: number): OutgoingRecord {
    return {
      topic: TOPICS.estimates,
      partition: this.options.partition,
      key: estimate.subjectId,
      value: encode('BreathEstimate', estimate),
      headers: { [TIME_HEADERS.appended]: String(appendTimeMs), [TIME_HEADERS.published]: String(publishedAt) },
    };
  }
}
