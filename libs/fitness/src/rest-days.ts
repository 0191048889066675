import type { RateAggregate } from '#libs/contracts';
import { localTimeOf } from './local-time.js';

/** A finished local day at rest. */
export interface RestDay {
  /** Days since 1970-01-01 of the person's own calendar. */
  day: number;
  /** Median of the accepted minutes at rest, breaths per minute. */
  medianPerMinute: number;
  /** Accepted minutes at rest. */
  minutes: number;
  /** Accepted share of what was received at rest, 0 to 1. */
  acceptedShare: number;
}

/** The day in progress: how many minutes had which rate, in 0.1 /min. Its size is bounded by the range of rates. */
interface OpenDay {
  day: number;
  histogram: [tenths: number, minutes: number][];
  covered: number;
  received: number;
}

export interface RestDaysSnapshot {
  days: RestDay[];
  open: OpenDay | null;
}

/** A minute counts when accepted windows cover at least half of it. */
const MINUTE_COVERAGE = 0.5;
/** Enough for a baseline that begins 16 days back, and a slope over four weeks. */
const KEPT_DAYS = 30;

/** One person's days at rest, digested: bounded, and fed by aggregates alone. Unknown is never rest. */
export class RestDays {
  private days: RestDay[] = [];
  private open: { day: number; histogram: Map<number, number>; covered: number; received: number } | undefined;

  add(aggregate: RateAggregate): void {
    this.advance(localTimeOf(aggregate.spanStart, aggregate.timeZone).day);
    if (aggregate.restState !== 'rest' || this.open === undefined) return;
    this.open.covered += aggregate.coverage;
    this.open.received += aggregate.receivedShare;
    if (aggregate.ratePerMinute === null || aggregate.coverage < MINUTE_COVERAGE) return;
    const tenths = Math.round(aggregate.ratePerMinute * 10);
    this.open.histogram.set(tenths, (this.open.histogram.get(tenths) ?? 0) + 1);
  }

  /** Finished days, oldest first; a day is finished when an aggregate of a later one came. */
  finished(): readonly RestDay[] {
    return this.days;
  }

  /** The newest local day that an aggregate came from; undefined before the first. */
  get today(): number | undefined {
    return this.open?.day;
  }

  snapshot(): RestDaysSnapshot {
    const { open } = this;
    return {
      days: this.days.map((day) => ({ ...day })),
      open: open ? { ...open, histogram: [...open.histogram].sort(([a], [b]) => a - b) } : null,
    };
  }

  static restore({ days, open }: RestDaysSnapshot): RestDays {
    const restored = new RestDays();
    restored.days = days.map((day) => ({ ...day }));
    restored.open = open ? { ...open, histogram: new Map(open.histogram) } : undefined;
    return restored;
  }

  /** A traveller's calendar may step back by a day; such minutes stay with the day in progress. */
  private advance(day: number): void {
    if (this.open !== undefined && day <= this.open.day) return;
    if (this.open !== undefined && this.open.received > 0) this.days.push(finish(this.open));
    this.days = this.days.filter((finished) => finished.day > day - KEPT_DAYS);
    this.open = { day, histogram: new Map(), covered: 0, received: 0 };
  }
}

function finish(open: { day: number; histogram: Map<number, number>; covered: number; received: number }): RestDay {
  const entries = [...open.histogram].sort(([a], [b]) => a - b);
  const minutes = entries.reduce((sum, [, count]) => sum + count, 0);
  const rateAt = (rank: number) => {
    let seen = 0;
    for (const [tenths, count] of entries) {
      seen += count;
      if (seen > rank) return tenths / 10;
    }
    return NaN;
  };
  const medianPerMinute = minutes === 0 ? 0 : (rateAt((minutes - 1) >> 1) + rateAt(minutes >> 1)) / 2;
  return { day: open.day, medianPerMinute, minutes, acceptedShare: open.covered / open.received };
}
