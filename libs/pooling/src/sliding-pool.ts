import { steadinessOf } from './error-model.js';
import { SortedRates } from './sorted-rates.js';
import { type Interval, SpanUnion } from './span-union.js';
import { PROBABILITY_STEPS, RATE_STEPS_PER_UNIT, type WindowSample, middleOf } from './window-sample.js';

/** Serialised state: windows, and the stretches that accepted ones and all of them cover. */
export interface SlidingPoolSnapshot {
  samples: number[][];
  accepted: Interval[];
  received: Interval[];
}

/**
 * What the windows of the last `spanMs` before the clock say together. A window counts while its middle lies in the
 * span; coverage is the exact union inside it. All sums are of integers, so nothing drifts and any order of the same
 * windows gives the same values.
 */
export class SlidingPool {
  /** In the order of their middles, from `head` on. */
  private samples: WindowSample[] = [];
  private head = 0;
  private leftMs = -Infinity;
  private readonly rates = new SortedRates();
  private readonly accepted = new SpanUnion();
  private readonly received = new SpanUnion();
  private readonly sums = { none: 0, normal: 0, heavy: 0, noise: 0 };

  constructor(readonly spanMs: number) {}

  add(sample: WindowSample): void {
    this.received.add(sample.startMs, sample.endMs);
    if (sample.rateTenths >= 0) this.accepted.add(sample.startMs, sample.endMs);
    const middle = middleOf(sample);
    if (middle <= this.leftMs) return;
    let place = this.samples.length;
    while (place > this.head && middleOf(this.samples[place - 1] as WindowSample) > middle) place -= 1;
    if (place === this.samples.length) this.samples.push(sample);
    else this.samples.splice(place, 0, sample);
    this.count(sample, 1);
    if (sample.rateTenths >= 0) this.rates.add(sample.rateTenths);
  }

  /** Moves the span so that it ends at the clock, which never goes back. */
  advance(clockMs: number): void {
    const leftMs = clockMs - this.spanMs;
    if (leftMs <= this.leftMs) return;
    this.leftMs = leftMs;
    this.accepted.trim(leftMs);
    this.received.trim(leftMs);
    while (this.head < this.samples.length) {
      const sample = this.samples[this.head] as WindowSample;
      if (middleOf(sample) > leftMs) break;
      this.head += 1;
      this.count(sample, -1);
      if (sample.rateTenths >= 0) this.rates.remove(sample.rateTenths);
    }
    if (this.head > 32 && this.head * 2 > this.samples.length) this.compact();
  }

  clear(): void {
    this.samples = [];
    this.head = 0;
    this.rates.clear();
    this.accepted.clear();
    this.received.clear();
    Object.assign(this.sums, { none: 0, normal: 0, heavy: 0, noise: 0 });
  }

  get acceptedWindows(): number {
    return this.rates.size;
  }

  get receivedWindows(): number {
    return this.samples.length - this.head;
  }

  /** Median of the accepted rates, breaths per minute; NaN of nothing. */
  get ratePerMinute(): number {
    return this.rates.median() / RATE_STEPS_PER_UNIT;
  }

  /** Share of the span that accepted windows cover together, 0 to 1. */
  get coverage(): number {
    return this.accepted.coveredMs / this.spanMs;
  }

  /** Share of the span that windows cover at all, 0 to 1. */
  get receivedShare(): number {
    return this.received.coveredMs / this.spanMs;
  }

  /** `steadinessOf` the windows of the span. */
  get steadiness(): number {
    const { acceptedWindows, receivedWindows } = this;
    const [acceptedLength, receivedLength] = [this.accepted.coveredMs, this.received.coveredMs];
    return steadinessOf({ acceptedWindows, receivedWindows, acceptedLength, receivedLength });
  }

  /** Share of the accepted windows whose rate is above a threshold in breaths per minute; NaN of nothing. */
  shareAbove(thresholdPerMinute: number): number {
    const below = this.rates.countBelow(Math.floor(thresholdPerMinute * RATE_STEPS_PER_UNIT) + 1);
    return (this.rates.size - below) / this.rates.size;
  }

  /** Mean probability over all windows of the span, accepted or not; NaN of nothing. */
  meanProbability(of: 'none' | 'normal' | 'heavy' | 'noise'): number {
    return this.sums[of] / (PROBABILITY_STEPS * this.receivedWindows);
  }

  snapshot(): SlidingPoolSnapshot {
    this.compact();
    const samples = this.samples.map((sample) => [
      sample.startMs,
      sample.endMs,
      sample.rateTenths,
      sample.none,
      sample.normal,
      sample.heavy,
      sample.noise,
    ]);
    return { samples, accepted: this.accepted.intervals(), received: this.received.intervals() };
  }

  static restore(spanMs: number, clockMs: number, snapshot: SlidingPoolSnapshot): SlidingPool {
    const pool = new SlidingPool(spanMs);
    pool.advance(clockMs);
    for (const values of snapshot.samples) {
      const [startMs, endMs, rateTenths, none, normal, heavy, noise] = values as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      pool.add({ startMs, endMs, rateTenths, none, normal, heavy, noise });
    }
    // A window whose middle has left the span may still cover a part of it.
    for (const [start, end] of snapshot.accepted) pool.accepted.add(start, end);
    for (const [start, end] of snapshot.received) pool.received.add(start, end);
    return pool;
  }

  private count(sample: WindowSample, sign: 1 | -1): void {
    this.sums.none += sign * sample.none;
    this.sums.normal += sign * sample.normal;
    this.sums.heavy += sign * sample.heavy;
    this.sums.noise += sign * sample.noise;
  }

  private compact(): void {
    this.samples = this.samples.slice(this.head);
    this.head = 0;
  }
}
