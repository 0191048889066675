import type { RestDays } from './rest-days.js';
import { type RestingBaseline, restingBaseline, restingRise, restingSlope } from './resting-baseline.js';

/** What a person's finished days say today; computed once a day, since nothing changes in between. */
export class RestingFigures {
  private day: number | undefined;
  private readonly known = new Map<string, unknown>();

  constructor(private readonly days: RestDays) {}

  baseline(): RestingBaseline | undefined {
    return this.once('baseline', (today) => restingBaseline(this.days.finished(), today));
  }

  /** See `restingRise`. */
  rise(): number | undefined {
    return this.once('rise', (today) => restingRise(this.days.finished(), today));
  }

  /** See `restingSlope`. */
  slope(lengthDays: number): number | undefined {
    return this.once(`slope ${lengthDays}`, (today) => restingSlope(this.days.finished(), today, lengthDays));
  }

  /** Median of the newest finished day with accepted minutes at rest, breaths per minute. */
  newestRate(): number | undefined {
    return this.once('rate', () => this.days.finished().findLast(({ minutes }) => minutes > 0)?.medianPerMinute);
  }

  private once<T>(name: string, compute: (today: number) => T): T | undefined {
    const { today } = this.days;
    if (today === undefined) return undefined;
    if (today !== this.day) {
      this.day = today;
      this.known.clear();
    }
    if (!this.known.has(name)) this.known.set(name, compute(today));
    return this.known.get(name) as T;
  }
}
