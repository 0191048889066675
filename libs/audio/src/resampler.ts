import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { type PolyphaseTable, polyphaseTable } from './polyphase-table.js';

const NOTHING = new Float32Array(0);

/**
 * Brings one run of a stream to the 16 kHz analysis grid. Output sample n is a fixed dot product over the inputs around
 * position n * rate / 16000, evaluated in a fixed order, with zeros beyond the run's edges: so cutting the input
 * anywhere changes no bit. 16 kHz passes through untouched.
 *
 * `start` begins a run, `push` returns what became computable, `end` the rest; then the next run may start.
 */
export class Resampler {
  private readonly table: PolyphaseTable;
  /** Inputs from `heldFrom` on that later outputs still need; begins with zeros before the run's first sample. */
  private held: Float32Array = NOTHING;
  private heldFrom = 0;
  private runEnd = 0;
  private nextOutput = 0;

  /** @throws RangeError for a rate that is no integer from 2 to 96 kHz */
  constructor(readonly inputRateHz: number) {
    this.table = polyphaseTable(inputRateHz);
  }

  /** Index on the 16 kHz grid of the sample that the next non-empty `push` or `end` returns first. */
  get nextSample(): number {
    return this.nextOutput;
  }

  /** Inputs on either side of an output's position that may enter into it. */
  get reachSamples(): number {
    return this.inputRateHz === ANALYSIS_RATE_HZ ? 0 : this.table.taps / 2;
  }

  /** Begins a run whose first input has this index since the session began. */
  start(firstInputSample: number): void {
    const { numerator, denominator, taps } = this.table;
    this.nextOutput = Math.ceil((firstInputSample * denominator) / numerator);
    this.runEnd = firstInputSample;
    this.heldFrom = firstInputSample - taps;
    this.held = new Float32Array(taps);
  }

  /** Contiguous 16 kHz samples, the first of the run at index ceil(firstInputSample * 16000 / rate). */
  push(samples: Float32Array): Float32Array {
    this.runEnd += samples.length;
    if (this.inputRateHz === ANALYSIS_RATE_HZ) {
      this.nextOutput += samples.length;
      return samples;
    }
    this.append(samples, samples.length);
    const { numerator, denominator, taps } = this.table;
    const reach = taps / 2;
    // Output n needs inputs up to floor(n * numerator / denominator) + reach.
    const end = Math.ceil(((this.runEnd - reach) * denominator) / numerator);
    return this.computeUpTo(end);
  }

  /** The samples that lie inside the run and still waited for inputs behind its end. */
  end(): Float32Array {
    if (this.inputRateHz === ANALYSIS_RATE_HZ) return NOTHING;
    const { numerator, denominator, taps } = this.table;
    this.append(NOTHING, taps);
    const rest = this.computeUpTo(Math.ceil((this.runEnd * denominator) / numerator));
    this.held = NOTHING;
    return rest;
  }

  private append(samples: Float32Array, length: number): void {
    const joined = new Float32Array(this.held.length + length);
    joined.set(this.held);
    joined.set(samples, this.held.length);
    this.held = joined;
  }

  private computeUpTo(end: number): Float32Array {
    if (end <= this.nextOutput) return NOTHING;
    const { numerator, denominator, taps, phases, coefficients } = this.table;
    const output = new Float32Array(end - this.nextOutput);
    const before = taps / 2 - 1;
    for (let i = 0; i < output.length; i++) {
      const position = (this.nextOutput + i) * numerator;
      const remainder = position % denominator;
      const first = (position - remainder) / denominator - before - this.heldFrom;
      if (phases === denominator) {
        output[i] = dot(coefficients, remainder * taps, this.held, first, taps);
      } else {
        const exact = (remainder * phases) / denominator;
        const phase = Math.floor(exact);
        const here = dot(coefficients, phase * taps, this.held, first, taps);
        const next = dot(coefficients, (phase + 1) * taps, this.held, first, taps);
        output[i] = here + (exact - phase) * (next - here);
      }
    }
    this.nextOutput = end;
    const needed = Math.floor((end * numerator) / denominator) - before;
    this.held = this.held.slice(needed - this.heldFrom);
    this.heldFrom = needed;
    return output;
  }
}

/** Four partial sums, added in a fixed order: independent chains are twice as fast and just as reproducible. */
function dot(a: Float32Array, aFrom: number, b: Float32Array, bFrom: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < length; i += 4) {
    s0 += (a[aFrom + i] as number) * (b[bFrom + i] as number);
    s1 += (a[aFrom + i + 1] as number) * (b[bFrom + i + 1] as number);
    s2 += (a[aFrom + i + 2] as number) * (b[bFrom + i + 2] as number);
    s3 += (a[aFrom + i + 3] as number) * (b[bFrom + i + 3] as number);
  }
  return s0 + s1 + (s2 + s3);
}
