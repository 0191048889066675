import { setTimeout as sleep } from 'node:timers/promises';
import type { AudioChunk } from '#libs/contracts';
import { isTransient } from '#libs/messaging';
import type { AudioLog } from './audio-log.js';

/** A chunk on its way, with the sample behind it. */
export interface LaneItem {
  chunk: AudioChunk;
  endOffset: number;
}

export interface LaneOptions {
  log: Pick<AudioLog, 'append' | 'release'>;
  /** Milliseconds to wait before so many more chunks of this device may go. */
  delayMs: (chunks: number) => number;
  /** Everything up to the last of these is in the log. */
  onDurable: (items: LaneItem[]) => void;
  /** A fault that trying again does not heal. */
  onFault: (error: unknown) => void;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;

/**
 * The one way of a connection into the log. One batch at a time, and a batch that failed goes again before anything
 * later does: a chunk that overtook another would be a gap to every reader. Bounded by the credits of the connection;
 * the bytes of every item were reserved by whoever pushes it, and are released here.
 */
export class Lane {
  private queue: LaneItem[] = [];
  private batch: LaneItem[] = [];
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: LaneOptions) {}

  /** Items that are not durable. */
  get waiting(): number {
    return this.queue.length + this.batch.length;
  }

  push(item: LaneItem): void {
    this.queue.push(item);
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when nothing waits, be it durable or given up. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Gives up what was not handed to the log: it was not acknowledged, so the device sends it again. */
  close(): void {
    this.closing.abort();
    this.release(this.queue);
    this.queue = [];
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    await Promise.resolve(); // what arrived in the same turn goes together
    while (this.queue.length > 0 && !signal.aborted) {
      this.batch = this.queue;
      this.queue = [];
      try {
        const delayMs = this.options.delayMs(this.batch.length);
        if (delayMs > 0) await sleep(delayMs, undefined, { signal });
        await this.append(this.batch, signal);
        this.options.onDurable(this.batch);
      } catch (error) {
        if (!signal.aborted) this.options.onFault(error);
      } finally {
        this.release(this.batch);
        this.batch = [];
      }
    }
  }

  private async append(items: LaneItem[], signal: AbortSignal): Promise<void> {
    const chunks = items.map(({ chunk }) => chunk);
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS)) {
      try {
        return await this.options.log.append(chunks);
      } catch (error) {
        if (!isTransient(error)) throw error;
        await sleep(backoffMs, undefined, { signal });
      }
    }
  }

  private release(items: LaneItem[]): void {
    for (const { chunk } of items) this.options.log.release(chunk.audio.length);
  }
}
