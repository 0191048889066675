import { autocorrelationRate } from './autocorrelation.js';
import { type Envelope, centred } from './envelope.js';
import { spectralPeakRate } from './spectral-peak.js';

/** Half width of the smoothing, in frames of 10 ms: 0.5 s in all. */
const SMOOTHING_FRAMES = 25;

/** What two methods without any fitting say about a segment, per minute: both look at the smoothed amplitude. */
export function unfittedRates({ amplitude }: Envelope): { autocorrelation: number; spectralPeak: number } {
  const signal = centred(smoothed(amplitude));
  return { autocorrelation: autocorrelationRate(signal), spectralPeak: spectralPeakRate(signal) };
}

function smoothed(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, at) => (sums[at + 1] = (sums[at] as number) + value));
  return values.map((_, at) => {
    const from = Math.max(0, at - SMOOTHING_FRAMES);
    const to = Math.min(values.length, at + SMOOTHING_FRAMES + 1);
    return ((sums[to] as number) - (sums[from] as number)) / (to - from);
  });
}
