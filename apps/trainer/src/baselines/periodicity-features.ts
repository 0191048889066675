import { type Envelope, FRAMES_PER_STEP, LOG_BANDS, STEP_SECONDS, centred } from './envelope.js';
import { powerAt } from './spectral-peak.js';

/** Lags of the autocorrelation in steps of 40 ms: 0.20 to 3.92 s. */
const LAGS = Array.from({ length: 32 }, (_, j) => 5 + 3 * j);
/** Lags nearer to the segment's end than this are taken as uncorrelated. */
const LEAST_OVERLAP_STEPS = 12;
/** 0.1 to 2.8 Hz: 6 to 168 breaths a minute. */
const FREQUENCIES_HZ = Array.from({ length: 28 }, (_, j) => (j + 1) / 10);
/** Weight of the logarithmic spectrum beside the autocorrelation. */
const SPECTRUM_WEIGHT = 0.3;
/** Added to each share of the power before its logarithm. */
const POWER_FLOOR = 1e-3;
/** Added per step and band to the variance of the logarithmic envelope: near silence nothing is periodic. */
const VARIANCE_FLOOR = 0.1;

/** Values per segment: autocorrelation and spectrum of two envelopes. */
export const FEATURES = 2 * (LAGS.length + FREQUENCIES_HZ.length);

/**
 * How periodic a segment is, and at what: normalised autocorrelation and logarithmic spectrum, first of the logarithmic
 * envelope (correlations and powers summed over its bands, so that a breath heard in some bands counts), then of the
 * amplitude.
 */
export function periodicityFeatures({ amplitude, logBands }: Envelope): Float64Array {
  const bands = Array.from({ length: LOG_BANDS }, (_, band) =>
    centred(logBands.filter((_value, at) => at % LOG_BANDS === band)),
  );
  const features = new Float64Array(FEATURES);
  const half = FEATURES / 2;
  writePeriodicity(bands, VARIANCE_FLOOR, features.subarray(0, half));
  writePeriodicity([centred(perStep(amplitude))], 0, features.subarray(half));
  return features;
}

/** Root of the mean energy of each step. */
function perStep(amplitude: Float64Array): Float64Array {
  return Float64Array.from({ length: Math.floor(amplitude.length / FRAMES_PER_STEP) }, (_, step) => {
    const frames = amplitude.subarray(step * FRAMES_PER_STEP, (step + 1) * FRAMES_PER_STEP);
    return Math.sqrt(frames.reduce((sum, value) => sum + value * value, 0) / FRAMES_PER_STEP);
  });
}

function writePeriodicity(signals: readonly Float64Array[], floor: number, target: Float64Array): void {
  const steps = signals[0]?.length ?? 0;
  let variance = signals.length * floor * steps;
  for (const signal of signals) for (const value of signal) variance += value * value;
  LAGS.forEach((lag, at) => {
    if (lag >= steps - LEAST_OVERLAP_STEPS) return;
    let sum = 0;
    for (const signal of signals) {
      for (let step = lag; step < steps; step++) sum += (signal[step] as number) * (signal[step - lag] as number);
    }
    target[at] = variance > 0 ? sum / variance : 0;
  });
  const windowed = signals.map((signal) =>
    signal.map((value, at) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 1)) / (steps + 1)))),
  );
  const powers = FREQUENCIES_HZ.map((hz) =>
    windowed.reduce((sum, signal) => sum + powerAt(signal, 2 * Math.PI * hz * STEP_SECONDS), 0),
  );
  const total = powers.reduce((sum, power) => sum + power, 0);
  powers.forEach((power, at) => {
    target[LAGS.length + at] = SPECTRUM_WEIGHT * Math.log((total > 0 ? power / total : 0) + POWER_FLOOR);
  });
}
