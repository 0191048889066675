import { type FrameExtractor, framesIn } from '#libs/features';

/**
 * Frames of one run on the absolute frame grid (frame j begins with sample 160 j), each computed once. Keeps the frames
 * from the next window's start on, and the samples that the next frame needs.
 */
export class FrameBuffer {
  private audio = new Float32Array(0);
  private audioLength = 0;
  /** Grid index of audio[0]. */
  private audioStart = 0;
  /** Rows of `extractor.width` numbers. */
  private readonly frames: Float32Array;
  /** Frame index of the first row of `frames`. */
  private firstFrame = 0;
  private nextFrame = 0;

  /** @param windowSamples the longest window that will be asked for */
  constructor(
    private readonly extractor: FrameExtractor,
    windowSamples: number,
  ) {
    this.frames = new Float32Array(framesIn(windowSamples, extractor) * extractor.width);
  }

  /** Grid index behind the last sample that arrived. */
  get end(): number {
    return this.audioStart + this.audioLength;
  }

  /** Begins a run at this sample; frames before `firstNeededSample` (a multiple of 160) are never computed. */
  start(firstSample: number, firstNeededSample: number): void {
    this.audioStart = firstSample;
    this.audioLength = 0;
    this.firstFrame = firstNeededSample / this.extractor.hopSamples;
    this.nextFrame = this.firstFrame;
  }

  /** Adds contiguous samples of the run. */
  append(samples: Float32Array): void {
    const unneeded = Math.min(this.nextFrame * this.extractor.hopSamples - this.audioStart, this.audioLength);
    if (unneeded > 0) {
      this.audio.copyWithin(0, unneeded, this.audioLength);
      this.audioStart += unneeded;
      this.audioLength -= unneeded;
    }
    if (this.audioLength + samples.length > this.audio.length) {
      const grown = new Float32Array(this.audioLength + samples.length);
      grown.set(this.audio.subarray(0, this.audioLength));
      this.audio = grown;
    }
    this.audio.set(samples, this.audioLength);
    this.audioLength += samples.length;
  }

  /**
   * Computes every frame that lies inside [start, start + samples), as far as its samples are there.
   * @returns whether that window's samples all arrived, so that `rows` may be asked for them
   */
  advance(start: number, samples: number): boolean {
    const { width, hopSamples, frameSamples } = this.extractor;
    const end = Math.min(start + samples, this.end);
    for (; this.nextFrame * hopSamples + frameSamples <= end; this.nextFrame++) {
      const from = this.nextFrame * hopSamples - this.audioStart;
      this.extractor.frameInto(this.audio, from, this.frames, (this.nextFrame - this.firstFrame) * width);
    }
    return this.end >= start + samples;
  }

  /** A copy of so many frames, from the one that begins with this sample on: [count, width]. */
  rows(start: number, count: number): Float32Array {
    const { width, hopSamples } = this.extractor;
    const from = (start / hopSamples - this.firstFrame) * width;
    return this.frames.slice(from, from + count * width);
  }

  /** Forgets the frames before this sample, a multiple of 160. */
  discardBefore(sample: number): void {
    const { width, hopSamples } = this.extractor;
    const frame = sample / hopSamples;
    if (frame < this.nextFrame) {
      this.frames.copyWithin(0, (frame - this.firstFrame) * width, (this.nextFrame - this.firstFrame) * width);
    }
    this.firstFrame = frame;
    this.nextFrame = Math.max(this.nextFrame, frame);
  }
}
