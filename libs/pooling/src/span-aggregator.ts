import type { BreathEstimate, RateAggregate, RestState } from '#libs/contracts';
import { halfWidthOf, steadinessOf } from './error-model.js';
import type { PoolingOptions } from './options.js';
import { mixed } from './rest-mix.js';
import { SortedRates } from './sorted-rates.js';
import { SpanUnion } from './span-union.js';
import { RATE_STEPS_PER_UNIT, type WindowSample, middleOf } from './window-sample.js';

interface OpenWindow {
  sample: WindowSample;
  restState: RestState;
  timeZone: string;
  modelVersion: string;
}

export interface SpanAggregatorSnapshot {
  closedThroughMs: number | null;
  windows: OpenWindow[];
}

/**
 * One person's windows to one `RateAggregate` per span of the epoch's grid that has any. A span closes when the
 * person's clock has passed its end by `settleMs`; a window for a span that has closed is left out.
 */
export class SpanAggregator {
  /** As they came; they cover little more than one span. */
  private windows: OpenWindow[] = [];
  private closedThroughMs = -Infinity;
  private nextCloseMs = Infinity;

  constructor(
    private readonly subjectId: string,
    private readonly options: PoolingOptions,
  ) {}

  add(sample: WindowSample, { restState, timeZone, modelVersion }: BreathEstimate): void {
    if (middleOf(sample) < this.closedThroughMs) return;
    this.windows.push({ sample, restState, timeZone, modelVersion });
    this.nextCloseMs = Math.min(this.nextCloseMs, this.closeTimeOf(sample));
  }

  /** Closes what the clock has passed, oldest first. */
  advance(clockMs: number): RateAggregate[] {
    if (clockMs < this.nextCloseMs) return [];
    const closed: RateAggregate[] = [];
    while (clockMs >= this.nextCloseMs) {
      const spanEndMs = this.nextCloseMs - this.options.settleMs;
      closed.push(this.aggregate(spanEndMs - this.options.spanMs, spanEndMs));
      this.closedThroughMs = spanEndMs;
      // What reaches into the next span still covers it, though it was counted here.
      this.windows = this.windows.filter(({ sample }) => sample.endMs > spanEndMs);
      this.findNextClose();
    }
    return closed;
  }

  snapshot(): SpanAggregatorSnapshot {
    return {
      closedThroughMs: Number.isFinite(this.closedThroughMs) ? this.closedThroughMs : null,
      windows: structuredClone(this.windows),
    };
  }

  static restore(subjectId: string, options: PoolingOptions, snapshot: SpanAggregatorSnapshot): SpanAggregator {
    const aggregator = new SpanAggregator(subjectId, options);
    aggregator.closedThroughMs = snapshot.closedThroughMs ?? -Infinity;
    aggregator.windows = structuredClone(snapshot.windows);
    aggregator.findNextClose();
    return aggregator;
  }

  private closeTimeOf(sample: WindowSample): number {
    const { spanMs, settleMs } = this.options;
    return (Math.floor(middleOf(sample) / spanMs) + 1) * spanMs + settleMs;
  }

  private findNextClose(): void {
    const open = this.windows.filter(({ sample }) => middleOf(sample) >= this.closedThroughMs);
    this.nextCloseMs = Math.min(...open.map(({ sample }) => this.closeTimeOf(sample))); // Infinity of nothing
  }

  private aggregate(fromMs: number, toMs: number): RateAggregate {
    const { spanMs, errorModel } = this.options;
    const inSpan = ({ sample }: OpenWindow) => middleOf(sample) >= fromMs && middleOf(sample) < toMs;
    const newest = this.windows.findLast(inSpan) as OpenWindow;
    const rates = new SortedRates();
    const accepted = new SpanUnion();
    const received = new SpanUnion();
    let restState: RestState | undefined;
    let receivedWindows = 0;
    for (const window of this.windows) {
      const { sample, modelVersion } = window;
      if (modelVersion !== newest.modelVersion) continue; // versions never pool
      const [start, end] = [Math.max(fromMs, sample.startMs), Math.min(toMs, sample.endMs)];
      received.add(start, end);
      if (sample.rateTenths >= 0) accepted.add(start, end);
      if (!inSpan(window)) continue;
      receivedWindows += 1;
      restState = mixed(restState, window.restState);
      if (sample.rateTenths >= 0) rates.add(sample.rateTenths);
    }
    const rate = rates.size > 0 ? rates.median() / RATE_STEPS_PER_UNIT : null;
    const acceptedWindows = rates.size;
    const [acceptedLength, receivedLength] = [accepted.coveredMs, received.coveredMs];
    const steadiness = steadinessOf({ acceptedWindows, receivedWindows, acceptedLength, receivedLength });
    const half = rate === null ? 0 : halfWidthOf({ ratePerMinute: rate, acceptedWindows, steadiness }, errorModel);
    return {
      subjectId: this.subjectId,
      spanStart: fromMs,
      spanSeconds: spanMs / 1000,
      ratePerMinute: rate,
      lowerPerMinute: rate === null ? null : Math.max(0, rate - half),
      upperPerMinute: rate === null ? null : rate + half,
      coverage: accepted.coveredMs / spanMs,
      receivedShare: received.coveredMs / spanMs,
      acceptedWindows,
      restState: restState ?? 'unknown',
      timeZone: newest.timeZone,
      modelVersion: newest.modelVersion,
    };
  }
}
