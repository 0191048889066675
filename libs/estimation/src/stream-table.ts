import type { AudioChunk } from '#libs/contracts';
import type { FrameExtractor } from '#libs/features';
import { GuardedSpans } from './guarded-spans.js';
import { type PushResult, StreamWindower, type WindowingOptions } from '#libs/windowing';

/** What is fixed for a session. */
type SessionFacts = Pick<AudioChunk, 'sessionStartedAt' | 'sampleRateHz' | 'channels' | 'encoding'>;

/** One device of one person in one session, while it is live. */
export interface Stream extends SessionFacts {
  key: string;
  subjectId: string;
  deviceId: string;
  sessionId: string;
  timeZone: string;
  windower: StreamWindower;
  /** LogAppendTime of the newest chunk that brought something. */
  lastAppendTimeMs: number;
  /** Log offset of the newest chunk that brought something. */
  lastOffset: bigint;
}

/** A stream that brought nothing for so long, in LogAppendTime, is gone: its run ends and its state is dropped. */
export const STREAM_SILENCE_MS = 120_000;

const FACTS = ['sessionStartedAt', 'sampleRateHz', 'channels', 'encoding'] as const;

/** The streams of one partition, in the order in which they last brought something. */
export class StreamTable {
  private readonly streams = new Map<string, Stream>();
  /** No stream's newest chunk is older than this, so that most records need no look at each stream. */
  private silentSinceMs = Infinity;

  private readonly guarded = new GuardedSpans();

  constructor(
    private readonly windowing: WindowingOptions,
    private readonly extractor?: FrameExtractor,
  ) {}

  get size(): number {
    return this.streams.size;
  }

  /**
   * Removes and returns the streams that were silent for too long at a moment of the log. Each is judged by its own
   * newest chunk alone: a broker's clock may be set back, so their order tells nothing.
   */
  evictAt(appendTimeMs: number): Stream[] {
    if (appendTimeMs - this.silentSinceMs <= STREAM_SILENCE_MS) return [];
    const evicted: Stream[] = [];
    this.silentSinceMs = Infinity;
    for (const [key, stream] of this.streams) {
      if (appendTimeMs - stream.lastAppendTimeMs > STREAM_SILENCE_MS) {
        this.streams.delete(key);
        evicted.push(stream);
      } else this.silentSinceMs = Math.min(this.silentSinceMs, stream.lastAppendTimeMs);
    }
    return evicted;
  }

  /** The chunk's stream; undefined when the chunk contradicts what is fixed for the session. */
  streamOf(chunk: AudioChunk, appendTimeMs: number): Stream | undefined {
    const key = `${chunk.subjectId}\0${chunk.deviceId}\0${chunk.sessionId}`;
    const known = this.streams.get(key);
    if (known && FACTS.some((fact) => known[fact] !== chunk[fact])) return undefined;
    if (known) return known;
    const stream = this.open(key, chunk, appendTimeMs);
    this.streams.set(key, stream);
    return stream;
  }

  /**
   * Takes the chunk's sound. A chunk that brings nothing leaves no trace: it neither keeps its stream alive nor moves
   * what must be read again, so a device that repeats itself for ever pins nothing.
   */
  push(stream: Stream, chunk: AudioChunk, samples: Float32Array, position: bigint, appendTimeMs: number): PushResult {
    const { sampleOffset, restState, stage, environment, endOfSession } = chunk;
    const result = stream.windower.push({
      sampleOffset,
      samples,
      restState,
      stage,
      environment,
      endOfSession,
      position,
    });
    if (result.dropped === undefined) {
      this.streams.delete(stream.key); // to the end of the map: it spoke last
      this.streams.set(stream.key, stream);
      if (result.reachedBehindRun) this.guarded.add(stream.lastOffset, position);
      stream.lastAppendTimeMs = appendTimeMs;
      this.silentSinceMs = Math.min(this.silentSinceMs, appendTimeMs);
      stream.lastOffset = position;
      stream.timeZone = chunk.timeZone;
    }
    return result;
  }

  /**
   * Where a reader must begin to stand where this table stands at `next`: for each live stream at the oldest chunk that
   * an unfinished window needs, and at least at its newest.
   */
  oldestNeededOffset(next: bigint): bigint {
    let oldest = next;
    for (const { windower, lastOffset } of this.streams.values()) {
      const needed = windower.oldestNeededOffset() ?? lastOffset;
      if (needed < oldest) oldest = needed;
    }
    return this.guarded.begin(oldest);
  }

  private open(key: string, chunk: AudioChunk, appendTimeMs: number): Stream {
    const { subjectId, deviceId, sessionId, sessionStartedAt, sampleRateHz, channels, encoding, timeZone } = chunk;
    return {
      key,
      subjectId,
      deviceId,
      sessionId,
      sessionStartedAt,
      sampleRateHz,
      channels,
      encoding,
      timeZone,
      windower: new StreamWindower(sampleRateHz, this.windowing, this.extractor),
      lastAppendTimeMs: appendTimeMs,
      lastOffset: -1n,
    };
  }
}
