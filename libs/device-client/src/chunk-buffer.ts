import type { Frame } from './frame.js';
import type { Situation } from './protocol.js';

/** One chunk that is not acknowledged yet, with what held when it was recorded. */
export interface BufferedChunk extends Frame {
  situation: Situation;
}

/**
 * What a device keeps until it is durable: bounded, in the order of its samples. The first `inFlight` chunks were sent
 * over the present connection.
 */
export class ChunkBuffer {
  private chunks: BufferedChunk[] = [];
  private bytes = 0;
  inFlight = 0;

  constructor(private readonly maxBytes: number) {}

  get length(): number {
    return this.chunks.length;
  }

  /** @returns false when it is full, and nothing was kept */
  add(chunk: BufferedChunk): boolean {
    if (this.bytes + chunk.audio.length > this.maxBytes && this.chunks.length > 0) return false;
    this.chunks.push(chunk);
    this.bytes += chunk.audio.length;
    return true;
  }

  /** The oldest chunk that was not sent over this connection. */
  get nextUnsent(): BufferedChunk | undefined {
    return this.chunks[this.inFlight];
  }

  /** Acknowledgements lie at ends of chunks: what begins before one lies before it as a whole. */
  acknowledge(durableOffset: number): void {
    while (this.chunks[0] !== undefined && this.chunks[0].sampleOffset < durableOffset) this.removeAt(0);
  }

  /** Lets go of a chunk that will never be taken. */
  remove(sampleOffset: number): void {
    const index = this.chunks.findIndex((chunk) => chunk.sampleOffset === sampleOffset);
    if (index >= 0) this.removeAt(index);
  }

  private removeAt(index: number): void {
    const [removed] = this.chunks.splice(index, 1);
    this.bytes -= removed?.audio.length ?? 0;
    if (index < this.inFlight) this.inFlight -= 1;
  }
}
