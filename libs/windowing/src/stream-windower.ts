import { Resampler } from '#libs/audio';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { type FrameExtractor, MelFilterbank, framesIn } from '#libs/features';
import { FrameBuffer } from './frame-buffer.js';
import { type WindowGrid, type WindowingOptions, windowGrid } from './options.js';
import { Pieces, type Situation } from './pieces.js';

/** Decoded audio of one chunk of the log. */
export interface WindowerChunk extends Situation {
  /** Index of the first sample since the session began, at the session's rate. */
  sampleOffset: number;
  /** Mono, in [-1, 1), at the session's rate; may be empty in the chunk that ends the session. */
  samples: Float32Array;
  /** Log offset of the chunk. */
  position: bigint;
  endOfSession: boolean;
}

/** One window of 4-7 s whose samples all arrived in one run. */
export interface CompletedWindow extends Situation {
  /** On the session's 16 kHz grid. */
  startSample: number;
  windowSamples: number;
  /** [frameCount, width] of the windower's extractor; the caller may keep it. */
  frames: Float32Array;
  frameCount: number;
}

/** Holds scratch space only, so that all streams of the process share it. */
const MEL_FRAMES = new MelFilterbank();

/** Why a chunk gave no audio: everything in it was there already, or the session had ended. */
type DropReason = 'duplicate_chunk' | 'session_ended';

export interface PushResult {
  /** In the order of their starts. */
  windows: CompletedWindow[];
  dropped?: DropReason;
  /** The chunk was ahead of the expected sample, by so many samples at the session's rate. */
  gapSamples?: number;
  /** The chunk brought something, behind so many samples (at the session's rate) that were there already. */
  overlapSamples?: number;
  /** The chunk brought something, and began before its run did: what lay before was left out. */
  reachedBehindRun?: true;
}

/**
 * Cuts one stream into windows on its absolute sample grid. Order, gaps and duplicates are read from `sampleOffset`
 * alone: overlap with what was seen is trimmed (the first in the log wins), and a chunk ahead of the expected sample
 * ends the run. Window k exists if and only if all its samples arrived in one run, so the windows do not depend on how
 * the stream was cut into chunks.
 */
export class StreamWindower {
  private readonly grid: WindowGrid;
  private readonly resampler: Resampler;
  private readonly frames: FrameBuffer;
  private pieces = new Pieces();
  /** The sample at the session's rate that continues the run; undefined before the first run and after `endRun`. */
  private expected: number | undefined;
  private runStart = 0;
  /** Start of the next window that the run can still complete. */
  private nextStart = 0;
  private ended = false;

  /**
   * @param extractor makes the frames, by default 40 mel energies; streams may share one
   * @throws EupneaError CONFIG_INVALID for lengths that cannot be used
   * @throws RangeError for a sample rate that no microphone has
   */
  constructor(
    readonly sampleRateHz: number,
    options: WindowingOptions = {},
    private readonly extractor: FrameExtractor = MEL_FRAMES,
  ) {
    this.grid = windowGrid(options);
    this.resampler = new Resampler(sampleRateHz);
    this.frames = new FrameBuffer(extractor, this.grid.windowSamples);
  }

  /** Takes the next chunk of the log. Its `samples` are not kept. */
  push(chunk: WindowerChunk): PushResult {
    if (this.ended) return { windows: [], dropped: 'session_ended' };
    const gapSamples = this.expected === undefined ? 0 : Math.max(0, chunk.sampleOffset - this.expected);
    const overlapSamples = this.expected === undefined ? 0 : Math.max(0, this.expected - chunk.sampleOffset);
    const windows = gapSamples > 0 ? this.closeRun() : [];
    if (this.expected === undefined) this.openRun(chunk.sampleOffset);
    const isDuplicate = !this.extendRun(chunk) && !chunk.endOfSession;
    const reachedBehindRun = !isDuplicate && chunk.sampleOffset < this.runStart;
    windows.push(...this.completed());
    if (chunk.endOfSession) {
      windows.push(...this.closeRun(), ...this.lastWindow());
      this.ended = true;
    }
    this.pieces.discardBefore(this.oldestNeededSample());
    return {
      windows,
      ...(isDuplicate ? { dropped: 'duplicate_chunk' as const } : {}),
      ...(gapSamples > 0 ? { gapSamples } : {}),
      ...(overlapSamples > 0 && !isDuplicate ? { overlapSamples } : {}),
      ...(reachedBehindRun ? { reachedBehindRun } : {}),
    };
  }

  /**
   * Ends the run, as when the stream fell silent for too long, and forgets the stream: the next chunk begins anew.
   * @returns the windows whose last samples appear only now, behind the resampler's delay
   */
  endRun(): CompletedWindow[] {
    const windows = this.closeRun();
    this.pieces = new Pieces();
    this.ended = false;
    return windows;
  }

  /**
   * Log offset of the oldest chunk that an unfinished window still needs; at least the newest chunk, which tells where
   * the run stands. A new windower that reads the log from there, or from anywhere before, completes the same later
   * windows, to the bit, provided that the first chunk it reads is none that was dropped or `reachedBehindRun`. Undefined before the first sound and after the end of the session.
   */
  oldestNeededOffset(): bigint | undefined {
    return this.expected === undefined ? undefined : this.pieces.oldestPosition();
  }

  private openRun(firstSample: number): void {
    this.resampler.start(firstSample);
    const gridStart = this.resampler.nextSample;
    this.nextStart = Math.ceil(gridStart / this.grid.hopSamples) * this.grid.hopSamples;
    this.frames.start(gridStart, this.nextStart);
    this.pieces = new Pieces();
    this.expected = firstSample;
    this.runStart = firstSample;
  }

  /** @returns whether the chunk held anything new */
  private extendRun(chunk: WindowerChunk): boolean {
    const from = this.expected as number;
    const fresh = chunk.samples.subarray(from - chunk.sampleOffset);
    if (fresh.length === 0) return false;
    const { restState, stage, environment, position } = chunk;
    const gridFrom = Math.ceil((from * ANALYSIS_RATE_HZ) / this.sampleRateHz);
    this.pieces.add({ from, gridFrom, position, restState, stage, environment });
    this.frames.append(this.resampler.push(fresh));
    this.expected = from + fresh.length;
    return true;
  }

  /** The end of a run lets the resampler give the samples that waited for inputs behind it. */
  private closeRun(): CompletedWindow[] {
    if (this.expected === undefined) return [];
    this.frames.append(this.resampler.end());
    this.expected = undefined;
    return this.completed();
  }

  private completed(): CompletedWindow[] {
    const windows: CompletedWindow[] = [];
    while (this.frames.advance(this.nextStart, this.grid.windowSamples)) {
      windows.push(this.window(this.nextStart, this.grid.windowSamples));
      this.nextStart += this.grid.hopSamples;
      this.frames.discardBefore(this.nextStart);
    }
    return windows;
  }

  /** What a session's end leaves behind the last complete window, when it is long enough. */
  private lastWindow(): CompletedWindow[] {
    const samples = this.frames.end - this.nextStart;
    if (samples < this.grid.minimumSamples) return [];
    this.frames.advance(this.nextStart, samples);
    return [this.window(this.nextStart, samples)];
  }

  private window(startSample: number, windowSamples: number): CompletedWindow {
    const frameCount = framesIn(windowSamples, this.extractor);
    return {
      startSample,
      windowSamples,
      frames: this.frames.rows(startSample, frameCount),
      frameCount,
      ...this.pieces.situation(startSample, startSample + windowSamples),
    };
  }

  /** First sample at the session's rate that the next window reads, the resampling filter's reach included. */
  private oldestNeededSample(): number {
    return Math.floor((this.nextStart * this.sampleRateHz) / ANALYSIS_RATE_HZ) - this.resampler.reachSamples;
  }
}
