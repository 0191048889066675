import type { FrameExtractor } from './frame-extractor.js';

/** Every extractor has its frames on this grid: 10 ms at 16 kHz, frame j begins with sample 160 j. */
export const FRAME_GRID = { sampleRateHz: 16_000, hopSamples: 160 } as const;

type Frame = Pick<FrameExtractor, 'frameSamples' | 'hopSamples'>;

/** Whole frames in so many samples; frames never reach over an edge. 5 s give 498 mel frames. */
export function framesIn(samples: number, { frameSamples, hopSamples }: Frame): number {
  return samples < frameSamples ? 0 : Math.floor((samples - frameSamples) / hopSamples) + 1;
}

/** All whole frames of a sound, one after the other: what `FrameExtractor.frames` returns. */
export function allFrames(extractor: Omit<FrameExtractor, 'frames'>, samples: Float32Array): Float32Array {
  const { width, hopSamples } = extractor;
  const frames = new Float32Array(framesIn(samples.length, extractor) * width);
  for (let at = 0, start = 0; at < frames.length; at += width, start += hopSamples) {
    extractor.frameInto(samples, start, frames, at);
  }
  return frames;
}
