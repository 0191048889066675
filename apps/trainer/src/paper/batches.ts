import { type Random, shuffled } from '../draws/random.js';
import type { Example } from './examples.js';

/** Examples padded with zeros to the longest of them. */
export interface PaperBatch {
  items: number;
  /** Frames of the longest. */
  frames: number;
  /** Width of a frame. */
  width: number;
  /** [frames, items, width]. */
  features: Float32Array;
  /** [items], valid frames. */
  lengths: Float32Array;
  /** [items], RR per minute. */
  rates: Float32Array;
  /** [items], RC. */
  counts: Float32Array;
  /** [items], places in BREATH_CLASSES. */
  classes: Int32Array;
  /** [items], 1 with noise. */
  noisy: Int32Array;
}

/** So many batches are cut from one pool of examples that is sorted by length. */
const BATCHES_PER_POOL = 8;

/**
 * An epoch's batches in random order: examples of a like length go together, so that little is padded, yet in other
 * company in every epoch. Sizes differ by at most one, and none exceeds `size`.
 */
export function bucketed(examples: readonly Example[], size: number, random: Random): Example[][] {
  const order = shuffled(examples, random);
  const count = Math.ceil(order.length / size);
  const edge = (batch: number) => Math.round((batch * order.length) / count);
  const batches: Example[][] = [];
  for (let first = 0; first < count; first += BATCHES_PER_POOL) {
    const last = Math.min(count, first + BATCHES_PER_POOL);
    const pool = order.slice(edge(first), edge(last)).sort((a, b) => a.frames - b.frames);
    for (let batch = first; batch < last; batch++) {
      batches.push(pool.slice(edge(batch) - edge(first), edge(batch + 1) - edge(first)));
    }
  }
  return shuffled(batches, random);
}

export function toBatch(examples: readonly Example[], width: number): PaperBatch {
  const items = examples.length;
  const frames = Math.max(...examples.map((example) => example.frames));
  const features = new Float32Array(frames * items * width);
  examples.forEach((example, item) => {
    for (let frame = 0; frame < example.frames; frame++) {
      const row = example.features.subarray(frame * width, (frame + 1) * width);
      features.set(row, (frame * items + item) * width);
    }
  });
  return {
    ...{ items, frames, width, features },
    lengths: Float32Array.from(examples, (example) => example.frames),
    rates: Float32Array.from(examples, (example) => example.rrPerMinute),
    counts: Float32Array.from(examples, (example) => example.breaths),
    classes: Int32Array.from(examples, (example) => example.breathClass),
    noisy: Int32Array.from(examples, (example) => Number(example.noisy)),
  };
}
