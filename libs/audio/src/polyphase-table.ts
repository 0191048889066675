import { ANALYSIS_RATE_HZ } from '#libs/contracts';

/**
 * Half the length of the prototype filter, in samples of the lower of the two rates, and its Kaiser parameter: flat to
 * 0.45 of that rate and 80 dB down from 0.55 of it (Kaiser's formulas: 85 dB need 27.5 samples at this transition).
 */
const HALF_WIDTH = 28;
const KAISER_BETA = 8.4;

/** Rates whose ratio to 16 kHz needs more phases than this interpolate between this many (error below -115 dB). */
const MOST_PHASES = 512;

/** Tables of this many rates are kept; a stream holds its own, so forgetting one costs only its recomputation. */
const TABLES_KEPT = 32;

export const LOWEST_RATE_HZ = 2_000;
export const HIGHEST_RATE_HZ = 96_000;

/** One filter per phase: the coefficients for an output that lies `phase / phases` behind an input sample. */
export interface PolyphaseTable {
  /** rate = 16 kHz * numerator / denominator in lowest terms. */
  numerator: number;
  denominator: number;
  /** Number of coefficients of a phase; a multiple of four. */
  taps: number;
  /** Phases in the table, not counting the last row, which is phase 0 of the next input sample. */
  phases: number;
  /** float32 [phases + 1, taps]; each row sums to 1. */
  coefficients: Float32Array;
}

const tables = new Map<number, PolyphaseTable>();

/** @throws RangeError for a rate that is no integer from 2 to 96 kHz */
export function polyphaseTable(inputRateHz: number): PolyphaseTable {
  if (!Number.isInteger(inputRateHz) || inputRateHz < LOWEST_RATE_HZ || inputRateHz > HIGHEST_RATE_HZ) {
    throw new RangeError(
      `a sample rate of ${inputRateHz} Hz is no integer from ${LOWEST_RATE_HZ} to ${HIGHEST_RATE_HZ}`,
    );
  }
  const table = tables.get(inputRateHz) ?? design(inputRateHz);
  tables.delete(inputRateHz); // to the end: the first key is the one not used for longest
  tables.set(inputRateHz, table);
  if (tables.size > TABLES_KEPT) tables.delete(tables.keys().next().value as number);
  return table;
}

function design(inputRateHz: number): PolyphaseTable {
  const divisor = greatestCommonDivisor(inputRateHz, ANALYSIS_RATE_HZ);
  const denominator = ANALYSIS_RATE_HZ / divisor;
  const phases = Math.min(denominator, MOST_PHASES);
  const cutoff = Math.min(1, ANALYSIS_RATE_HZ / inputRateHz); // of the input's Nyquist frequency
  const halfTaps = 2 * Math.ceil(HALF_WIDTH / cutoff / 2);
  const taps = 2 * halfTaps;
  const coefficients = new Float32Array((phases + 1) * taps);
  const row = new Float64Array(taps);
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - (halfTaps - 1) - phase / phases;
      row[tap] = sinc(distance * cutoff) * kaiser((distance * cutoff) / HALF_WIDTH);
      sum += row[tap] as number;
    }
    for (let tap = 0; tap < taps; tap++) coefficients[phase * taps + tap] = (row[tap] as number) / sum;
  }
  return { numerator: inputRateHz / divisor, denominator, taps, phases, coefficients };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Kaiser window at x in [-1, 1], zero outside. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
