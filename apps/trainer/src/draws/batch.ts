import { MEL } from '#libs/features';
import { FEATURE_UNITS, type TrainingItem } from './item.js';
import { type Random, shuffled } from './random.js';

/** One training batch: B items, padded with zeros to T input frames and S = ceil(T / stride) network frames. */
export interface Batch {
  items: number;
  frames: number;
  networkFrames: number;
  /** [B, T, 40]. */
  features: Float32Array;
  /** [B, levels]. */
  levels: Float32Array;
  /** [B, S]: 1 inside the item. */
  mask: Float32Array;
  /** [B]: 1 where the item holds breath. */
  isBreath: Float32Array;
  /** [B], per minute. */
  rates: Float32Array;
  /** [B], breaths in the item. */
  counts: Float32Array;
  /** [B], seconds. */
  seconds: Float32Array;
  /** [B]: 0 none, 1 normal, 2 heavy. */
  classes: Int32Array;
  /** [B]: 1 with noise. */
  noisy: Int32Array;
  /** [B, S]: see PHASE. */
  phases: Int32Array;
}

/** Batches without end: all items in random order, then again in another; every item is used equally often. */
export function* batches(
  items: readonly TrainingItem[],
  size: number,
  stride: number,
  random: Random,
): Generator<Batch, never> {
  for (let order: TrainingItem[] = [], at = 0; ; at += size) {
    while (order.length < at + size) [order, at] = [[...order.slice(at), ...shuffled(items, random)], 0];
    yield assemble(order.slice(at, at + size), stride);
  }
}

/** @param stride of the first convolution */
export function assemble(items: readonly TrainingItem[], stride: number): Batch {
  const frames = Math.max(...items.map((item) => item.frames));
  const networkFrames = Math.ceil(frames / stride);
  const count = items.length;
  const levels = (items[0] as TrainingItem).levels.length;
  const rows = <T extends Float32Array | Int32Array>(
    target: T,
    width: number,
    fill: (item: TrainingItem, row: T) => void,
  ): T => {
    items.forEach((item, row) => fill(item, target.subarray(row * width, (row + 1) * width) as T));
    return target;
  };
  return {
    items: count,
    frames,
    networkFrames,
    features: rows(new Float32Array(count * frames * MEL.bands), frames * MEL.bands, ({ features }, row) => {
      for (let at = 0; at < features.length; at++) row[at] = (features[at] as number) / FEATURE_UNITS;
    }),
    levels: rows(new Float32Array(count * levels), levels, (item, row) => row.set(item.levels)),
    mask: rows(new Float32Array(count * networkFrames), networkFrames, (item, row) =>
      row.fill(1, 0, item.networkFrames),
    ),
    isBreath: Float32Array.from(items, ({ isBreath }) => (isBreath ? 1 : 0)),
    rates: Float32Array.from(items, ({ rrPerMinute }) => rrPerMinute),
    counts: Float32Array.from(items, ({ breaths }) => breaths),
    seconds: Float32Array.from(items, ({ seconds }) => seconds),
    classes: Int32Array.from(items, ({ breathClass }) => breathClass),
    noisy: Int32Array.from(items, ({ noisy }) => noisy),
    phases: rows(new Int32Array(count * networkFrames), networkFrames, (item, row) => row.set(item.phases)),
  };
}
