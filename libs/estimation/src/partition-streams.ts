import {
  type ChunkLimits,
  DEFAULT_CHUNK_LIMITS,
  checkClock,
  checkFields,
  checkPlace,
  decodeChunk,
} from '#libs/chunk-checks';
import { type AudioChunk, type StageResult, decode, reject } from '#libs/contracts';
import type { FrameExtractor } from '#libs/features';
import type { CompletedWindow, WindowingOptions } from '#libs/windowing';
import type { AudioRecord, Rejection } from './audio-record.js';
import type { Marks } from './marks.js';
import { type Stream, StreamTable } from './stream-table.js';

export interface PartitionOptions {
  partition: number;
  /** Where Kafka's default partitioner sends a key. */
  partitionOfKey: (key: Buffer) => number;
  windowing?: WindowingOptions;
  /** Makes the frames of the windows. @default 40 mel energies */
  extractor?: FrameExtractor;
  limits?: ChunkLimits;
}

/** A completed window with the stream that it belongs to. */
export interface StreamWindow {
  stream: Pick<Stream, 'subjectId' | 'deviceId' | 'sessionId' | 'sessionStartedAt' | 'timeZone'>;
  window: CompletedWindow;
}

/** What one record caused. */
export interface RecordOutcome {
  windows: StreamWindow[];
  rejection?: Rejection;
  /** Why a sound chunk brought nothing: `duplicate_chunk`, `session_ended`. */
  dropped?: string;
  /** A sound chunk that did not continue its stream: sound is missing before it, or some of it was there already. */
  irregular?: 'gap' | 'overlap';
}

type RejectedRecord = RecordOutcome & { rejection: Rejection };

const SESSION_CHANGED_MESSAGE =
  'sampleRateHz, channels, encoding and sessionStartedAt are fixed for a session; begin a new sessionId';

const NOTHING: RecordOutcome = { windows: [] };

/**
 * From one partition's chunks to completed windows: a pure function of the log, one record at a time.
 *
 * Made from a commit's marks, it reads from L and says nothing about records before H, whose results are acknowledged.
 * What it says from H on is what it would have said without the interruption (docs/decisions/0003).
 */
export class PartitionStreams {
  private readonly table: StreamTable;
  private readonly limits: ChunkLimits;
  private readonly silentBefore: bigint;
  /** `Marks.ignored`, in order. */
  private ignored: bigint[];
  private readonly ignoredBefore: ReadonlySet<bigint>;

  constructor(
    private readonly options: PartitionOptions,
    marks?: Marks,
  ) {
    this.table = new StreamTable(options.windowing ?? {}, options.extractor);
    this.limits = options.limits ?? DEFAULT_CHUNK_LIMITS;
    this.silentBefore = marks?.high ?? 0n;
    this.ignored = [...(marks?.ignored ?? [])];
    this.ignoredBefore = new Set(this.ignored);
  }

  get liveStreams(): number {
    return this.table.size;
  }

  /** Takes the next record of the partition. */
  take(record: AudioRecord): RecordOutcome {
    const evicted = this.evict(record.appendTimeMs);
    const outcome = this.takeChunk(record);
    if (record.offset < this.silentBefore) return NOTHING;
    return evicted.length === 0 ? outcome : { ...outcome, windows: [...evicted, ...outcome.windows] };
  }

  /** The marks to commit when everything before `next` is acknowledged. */
  marks(next: bigint): Marks {
    const high = next > this.silentBefore ? next : this.silentBefore;
    const low = this.table.oldestNeededOffset(next);
    this.ignored = this.ignored.filter((offset) => offset >= low);
    return { low, high, ignored: [...this.ignored] };
  }

  private evict(appendTimeMs: number): StreamWindow[] {
    const windows: StreamWindow[] = [];
    for (const stream of this.table.evictAt(appendTimeMs)) {
      for (const window of stream.windower.endRun()) windows.push({ stream: identityOf(stream), window });
    }
    return windows;
  }

  private takeChunk(record: AudioRecord): RecordOutcome {
    const read = this.readChunk(record);
    if ('rejection' in read) return read;
    const { chunk, samples } = read;

    if (this.ignoredBefore.has(record.offset)) return NOTHING;
    const stream = this.table.streamOf(chunk, record.appendTimeMs);
    if (stream === undefined) {
      this.ignored.push(record.offset);
      return rejectedIn('check-session', reject('SESSION_CHANGED', SESSION_CHANGED_MESSAGE));
    }
    const result = this.table.push(stream, chunk, samples, record.offset, record.appendTimeMs);
    const { windows, dropped } = result;
    if (dropped) this.ignored.push(record.offset);
    const identity = identityOf(stream);
    return {
      windows: windows.map((window) => ({ stream: identity, window })),
      ...(dropped ? { dropped } : {}),
      ...(result.gapSamples ? { irregular: 'gap' as const } : {}),
      ...(result.overlapSamples ? { irregular: 'overlap' as const } : {}),
    };
  }

  /** The stages that need no state, one after another. */
  private readChunk(record: AudioRecord): { chunk: AudioChunk; samples: Float32Array } | RejectedRecord {
    const decoded = decode(record.value, 'AudioChunk');
    if (decoded.kind !== 'ok') return rejectedIn('decode-record', decoded);
    const chunk = decoded.value.value;
    const { partition, partitionOfKey } = this.options;
    for (const check of [
      () => checkFields(chunk),
      () => checkPlace(record, chunk, partition, partitionOfKey),
      () => checkClock(record, chunk, this.limits),
    ]) {
      const result = check();
      if (result.kind !== 'ok') return rejectedIn('check-record', result);
    }
    const samples = decodeChunk(chunk);
    if (samples.kind !== 'ok') return rejectedIn('decode-audio', samples);
    return { chunk, samples: samples.value };
  }
}

function rejectedIn(stage: string, result: Exclude<StageResult<unknown>, { kind: 'ok' }>): RejectedRecord {
  if (result.kind === 'drop')
    throw new Error(`${stage} dropped a record, and only a stream can tell that (${result.reason})`);
  return { windows: [], rejection: { stage, reject: result } };
}

function identityOf({ subjectId, deviceId, sessionId, sessionStartedAt, timeZone }: Stream): StreamWindow['stream'] {
  return { subjectId, deviceId, sessionId, sessionStartedAt, timeZone };
}
