import { FRAME_SECONDS } from './envelope.js';

const SHORTEST_CYCLE_SECONDS = 0.5;
/** Longest lag as a share of the segment: beyond it too few frames overlap. */
const LONGEST_LAG = 0.8;

/**
 * Rate of the highest peak of the envelope's autocorrelation.
 * @param signal smoothed amplitude about its mean, per frame
 * @returns per minute
 */
export function autocorrelationRate(signal: Float64Array): number {
  const shortest = Math.round(SHORTEST_CYCLE_SECONDS / FRAME_SECONDS);
  const longest = Math.floor(signal.length * LONGEST_LAG);
  const correlation = Array.from({ length: longest + 1 }, (_, lag) => {
    let sum = 0;
    for (let at = lag; at < signal.length; at++) sum += (signal[at] as number) * (signal[at - lag] as number);
    return sum;
  });
  let best = { lag: longest, value: -Infinity };
  for (let lag = shortest; lag < longest; lag++) {
    const value = correlation[lag] as number;
    const isPeak = value > (correlation[lag - 1] as number) && value >= (correlation[lag + 1] as number);
    if (isPeak && value > best.value) best = { lag, value };
  }
  return 60 / (best.lag * FRAME_SECONDS);
}
