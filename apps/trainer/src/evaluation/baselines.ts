import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { MEL } from '#libs/features';

/** What two classic methods say about a segment, per minute. */
export interface BaselineRates {
  spectralPeak: number;
  autocorrelation: number;
}

const LOWEST_RATE = 5;
const HIGHEST_RATE = 100;
const SHORTEST_CYCLE_SECONDS = 0.5;
/** Longest lag as a share of the segment: beyond it too few frames overlap. */
const LONGEST_LAG = 0.8;
const SMOOTHING_FRAMES = 25;
const FRAME_SECONDS = MEL.hopSamples / ANALYSIS_RATE_HZ;

/**
 * The rate from the amplitude envelope (root of the energy in all bands, smoothed over 0.5 s): its strongest frequency
 * of at least one cycle in the segment, and the highest peak of its autocorrelation.
 * @param energies [frames, 40], as `MelFilterbank` gives them
 */
export function baselineRates(energies: Float32Array): BaselineRates {
  const envelope = smoothed(amplitudes(energies));
  const centre = envelope.reduce((sum, value) => sum + value, 0) / envelope.length;
  const signal = envelope.map((value) => value - centre);
  return { spectralPeak: spectralPeak(signal), autocorrelation: autocorrelationPeak(signal) };
}

function amplitudes(energies: Float32Array): Float64Array {
  const envelope = new Float64Array(energies.length / MEL.bands);
  for (let frame = 0; frame < envelope.length; frame++) {
    let sum = 0;
    for (let at = frame * MEL.bands; at < (frame + 1) * MEL.bands; at++) sum += energies[at] as number;
    envelope[frame] = Math.sqrt(sum);
  }
  return envelope;
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

function spectralPeak(signal: Float64Array): number {
  const oneCycle = 60 / (signal.length * FRAME_SECONDS);
  let best = { rate: oneCycle, power: -1 };
  for (let rate = Math.max(LOWEST_RATE, oneCycle); rate <= HIGHEST_RATE; rate *= 1.02) {
    let [real, imaginary] = [0, 0];
    for (let at = 0; at < signal.length; at++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / signal.length);
      const angle = (2 * Math.PI * rate * at * FRAME_SECONDS) / 60;
      real += hann * (signal[at] as number) * Math.cos(angle);
      imaginary += hann * (signal[at] as number) * Math.sin(angle);
    }
    const power = real * real + imaginary * imaginary;
    if (power > best.power) best = { rate, power };
  }
  return best.rate;
}

function autocorrelationPeak(signal: Float64Array): number {
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
