import { MEL, MelFilterbank, framesIn } from '#libs/features';

const BANDS = MEL.bands;

/** Holds scratch space only, so all streams of the process share it. */
const filterbank = new MelFilterbank();

/**
 * Mel energies of one run on the absolute frame grid (frame j = samples [160 j, 160 j + 400)), each computed once. Keeps
 * the frames from the next window's start on, and the samples that the next frame needs.
 */
export class FrameBuffer {
  private audio = new Float32Array(0);
  private audioLength = 0;
  /** Grid index of audio[0]. */
  private audioStart = 0;
  private readonly energies: Float32Array;
  /** Frame index of the first row of `energies`. */
  private firstFrame = 0;
  private nextFrame = 0;

  /** @param windowSamples the longest window that will be asked for */
  constructor(windowSamples: number) {
    this.energies = new Float32Array(framesIn(windowSamples) * BANDS);
  }

  /** Grid index behind the last sample that arrived. */
  get end(): number {
    return this.audioStart + this.audioLength;
  }

  /** Begins a run at this sample; frames before `firstNeededSample` (a multiple of 160) are never computed. */
  start(firstSample: number, firstNeededSample: number): void {
    this.audioStart = firstSample;
    this.audioLength = 0;
    this.firstFrame = firstNeededSample / MEL.hopSamples;
    this.nextFrame = this.firstFrame;
  }

  /** Adds contiguous samples of the run. */
  append(samples: Float32Array): void {
    const unneeded = Math.min(this.nextFrame * MEL.hopSamples - this.audioStart, this.audioLength);
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
    const end = Math.min(start + samples, this.end);
    while (this.nextFrame * MEL.hopSamples + MEL.frameSamples <= end) {
      filterbank.frameInto(
        this.audio,
        this.nextFrame * MEL.hopSamples - this.audioStart,
        this.energies,
        (this.nextFrame - this.firstFrame) * BANDS,
      );
      this.nextFrame += 1;
    }
    return this.end >= start + samples;
  }

  /** A copy of the energies of the window that begins at this sample: [frames, 40]. */
  rows(start: number, frames: number): Float32Array {
    const from = (start / MEL.hopSamples - this.firstFrame) * BANDS;
    return this.energies.slice(from, from + frames * BANDS);
  }

  /** Forgets the frames before this sample, a multiple of 160. */
  discardBefore(sample: number): void {
    const frame = sample / MEL.hopSamples;
    if (frame < this.nextFrame) {
      this.energies.copyWithin(0, (frame - this.firstFrame) * BANDS, (this.nextFrame - this.firstFrame) * BANDS);
    }
    this.firstFrame = frame;
    this.nextFrame = Math.max(this.nextFrame, frame);
  }
}
