import { variance } from '#libs/agreement';
import { type Envelope, STEP_SECONDS, loudnessOf } from './envelope.js';

/** Half width of the Hann window that smooths the loudness, in steps of 40 ms. */
const SMOOTHING_STEPS = 4;
/** A peak must stand out of its surroundings by this many standard deviations of the loudness. */
const LEAST_PROMINENCE = 0.5;

/**
 * Peaks of the smoothed logarithmic envelope per minute. Inhaling and exhaling often make a peak each, so this is a rate
 * only after calibration.
 */
export function peaksPerMinute(envelope: Envelope): number {
  const loudness = hannSmoothed(loudnessOf(envelope));
  const prominence = LEAST_PROMINENCE * Math.sqrt(variance(loudness));
  return (60 * countPeaks(loudness, prominence)) / (loudness.length * STEP_SECONDS);
}

/**
 * Local maxima whose prominence is at least so much: the drop to the higher of the two valleys that part a maximum from
 * anything higher, or from the ends. A plateau is one maximum.
 */
export function countPeaks(signal: ArrayLike<number>, leastProminence: number): number {
  const valueAt = (at: number): number => signal[at] as number;
  const valley = (from: number, step: 1 | -1): number => {
    let lowest = valueAt(from);
    for (let at = from; at >= 0 && at < signal.length && valueAt(at) <= valueAt(from); at += step) {
      lowest = Math.min(lowest, valueAt(at));
    }
    return lowest;
  };
  let peaks = 0;
  for (let at = 1; at < signal.length - 1; at++) {
    if (valueAt(at) <= valueAt(at - 1)) continue;
    let end = at;
    while (end < signal.length - 1 && valueAt(end + 1) === valueAt(at)) end += 1;
    if (end === signal.length - 1 || valueAt(end + 1) > valueAt(at)) continue;
    const prominence = valueAt(at) - Math.max(valley(at, -1), valley(end, 1));
    if (prominence > 0 && prominence >= leastProminence) peaks += 1;
  }
  return peaks;
}

/** Weighted mean over a Hann window; beyond the ends the first and last values go on. */
function hannSmoothed(values: Float64Array): Float64Array {
  const width = 2 * SMOOTHING_STEPS + 1;
  const weights = Array.from({ length: width }, (_, k) => 1 - Math.cos((2 * Math.PI * (k + 1)) / (width + 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const from = Math.min(values.length - 1, Math.max(0, at + k - SMOOTHING_STEPS));
      sum += (weights[k] as number) * (values[from] as number);
    }
    return sum / total;
  });
}
