import { FRAME_SECONDS } from './envelope.js';

const LOWEST_RATE = 5;
const HIGHEST_RATE = 100;
const RATE_STEP = 1.02;

/**
 * Strongest frequency of the envelope (Hann window), from one cycle in the segment on.
 * @param signal smoothed amplitude about its mean, per frame
 * @returns per minute
 */
export function spectralPeakRate(signal: Float64Array): number {
  const windowed = signal.map(
    (value, at) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / signal.length)),
  );
  const oneCycle = 60 / (signal.length * FRAME_SECONDS);
  let best = { rate: oneCycle, power: -1 };
  for (let rate = Math.max(LOWEST_RATE, oneCycle); rate <= HIGHEST_RATE; rate *= RATE_STEP) {
    const power = powerAt(windowed, (2 * Math.PI * rate * FRAME_SECONDS) / 60);
    if (power > best.power) best = { rate, power };
  }
  return best.rate;
}

/**
 * |sum of x_t exp(-i angle t)|^2, by Goertzel's recurrence: a multiplication per sample.
 * @param angle in radians per sample
 */
export function powerAt(signal: Float64Array, angle: number): number {
  const coefficient = 2 * Math.cos(angle);
  let [last, before] = [0, 0];
  for (let at = 0; at < signal.length; at++) {
    const next = (signal[at] as number) + coefficient * last - before;
    before = last;
    last = next;
  }
  return last * last + before * before - coefficient * last * before;
}
