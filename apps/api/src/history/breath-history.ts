import { Inject, Injectable } from '@nestjs/common';
import type { TrendPoint } from '#libs/store';
import type { z } from 'zod';
import type { DayTrend, Estimates, MinuteTrend, Status, Subjects } from '../http/answers.js';
import type { daysQuery, estimatesQuery, minutesQuery, subjectsQuery } from '../http/queries.js';
import { cursorText, parseCursor } from './cursor.js';
import { decimals, estimateAnswer } from './estimate-answer.js';
import { StoreWatch } from './store-watch.js';

const TRUTH_OVER_MS = 15 * 60_000;
const TOTALS_LIVE_MS = 3_000;

type Totals = Pick<z.infer<typeof Status>, 'estimates' | 'simulatedTruth' | 'store'>;

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** What is stored, in the form in which the api answers. */
@Injectable()
export class BreathHistory {
  private cached: { atMs: number; totals: Promise<Totals> } | undefined;

  constructor(@Inject(StoreWatch) private readonly watch: StoreWatch) {}

  async subjects({ limit, after }: z.infer<typeof subjectsQuery>): Promise<z.infer<typeof Subjects>> {
    const found = await this.watch.ask((store) =>
      store.listSubjects({ limit: limit + 1, ...(after === undefined ? {} : { after }) }),
    );
    const page = found.slice(0, limit);
    return {
      investigational: true,
      subjects: page.map(({ firstWindowStart, lastWindowStart, latestRate, latestRateAt, ...subject }) => ({
        ...subject,
        firstWindowStart: iso(firstWindowStart),
        lastWindowStart: iso(lastWindowStart),
        latestRate: latestRate === null ? null : decimals(latestRate, 1),
        latestRateAt: latestRateAt === null ? null : iso(latestRateAt),
      })),
      next: found.length > limit ? (page.at(-1)?.subjectId ?? null) : null,
    };
  }

  async estimates(
    subjectId: string,
    { fromMs, toMs, limit, cursor }: z.infer<typeof estimatesQuery>,
  ): Promise<z.infer<typeof Estimates>> {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const found = await this.watch.askAbout(subjectId, (store) =>
      store.estimatesOf(subjectId, fromMs, toMs, limit + 1, after),
    );
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      investigational: true,
      subjectId,
      from: iso(fromMs),
      to: iso(toMs),
      estimates: page.map(estimateAnswer),
      next: found.length > limit && last ? cursorText(last) : null,
    };
  }

  async minutes(
    subjectId: string,
    { fromMs, toMs }: z.infer<typeof minutesQuery>,
  ): Promise<z.infer<typeof MinuteTrend>> {
    const points = await this.watch.askAbout(subjectId, (store) => store.minuteTrend(subjectId, fromMs, toMs));
    const minutes = points.map((point) => ({ minute: iso(point.minuteStart), ...trend(point) }));
    return { investigational: true, subjectId, from: iso(fromMs), to: iso(toMs), minutes };
  }

  async days(
    subjectId: string,
    { fromMs, toMs, timeZone }: z.infer<typeof daysQuery>,
  ): Promise<z.infer<typeof DayTrend>> {
    const points = await this.watch.askAbout(subjectId, (store) => store.dayTrend(subjectId, fromMs, toMs, timeZone));
    const days = points.map((point) => ({ day: point.day, ...trend(point) }));
    return { investigational: true, subjectId, from: iso(fromMs), to: iso(toMs), timeZone, days };
  }

  /** Never throws: that the store is away is an answer, too. Asked at most every few seconds, however many ask. */
  totals(): Promise<Totals> {
    if (!this.cached || Date.now() - this.cached.atMs > TOTALS_LIVE_MS) {
      this.cached = { atMs: Date.now(), totals: this.countTotals() };
    }
    return this.cached.totals;
  }

  private async countTotals(): Promise<Totals> {
    try {
      const [estimates, error] = await Promise.all([
        this.watch.ask((store) => store.countEstimates()),
        this.watch.ask((store) => store.runningError(Date.now() - TRUTH_OVER_MS)),
      ]);
      const { windows, medianAbsoluteError, within5Share } = error;
      const simulatedTruth =
        medianAbsoluteError === null || within5Share === null
          ? null
          : { windows, medianAbsoluteError: decimals(medianAbsoluteError, 2), within5Share: decimals(within5Share, 3) };
      return { estimates, simulatedTruth, store: 'ok' };
    } catch {
      return { estimates: null, simulatedTruth: null, store: 'unavailable' };
    }
  }
}

function trend({ windows, accepted, rrPerMinute, coverage, receivedShare, acceptedShare }: TrendPoint) {
  return {
    windows,
    accepted,
    rrPerMinute: rrPerMinute === null ? null : decimals(rrPerMinute, 1),
    coverage: decimals(coverage, 4),
    receivedShare: decimals(receivedShare, 4),
    acceptedShare: decimals(acceptedShare, 4),
  };
}
