import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { AlertChanges, Alerts, Episodes, Rates } from '../http/answers.js';
import { ProblemError } from '../http/problem.js';
import type { alertsQuery, episodesQuery, minutesQuery } from '../http/queries.js';
import { alertAnswer, episodeAnswer, rateAnswer } from './alert-answer.js';
import { alertCursorText, parseAlertCursor } from './cursor.js';
import { StoreWatch } from './store-watch.js';

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** What the alerter told, in the form in which the api answers. */
@Injectable()
export class AlertHistory {
  constructor(@Inject(StoreWatch) private readonly watch: StoreWatch) {}

  async rates(subjectId: string, { fromMs, toMs }: z.infer<typeof minutesQuery>): Promise<z.infer<typeof Rates>> {
    const found = await this.watch.askAbout(subjectId, (store) => store.ratesOf(subjectId, fromMs, toMs));
    return { investigational: true, subjectId, from: iso(fromMs), to: iso(toMs), rates: found.map(rateAnswer) };
  }

  async episodes(
    subjectId: string,
    { fromMs, toMs, limit }: z.infer<typeof episodesQuery>,
  ): Promise<z.infer<typeof Episodes>> {
    const found = await this.watch.askAbout(subjectId, (store) => store.episodesOf(subjectId, fromMs, toMs, limit));
    const episodes = found.map(episodeAnswer);
    return { investigational: true, subjectId, from: iso(fromMs), to: iso(toMs), episodes };
  }

  async alerts({
    fromMs,
    toMs,
    limit,
    cursor,
    ...filter
  }: z.infer<typeof alertsQuery>): Promise<z.infer<typeof Alerts>> {
    const after = cursor === undefined ? undefined : parseAlertCursor(cursor);
    const found = await this.watch.ask((store) => store.alertsIn(filter, fromMs, toMs, limit + 1, after));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      investigational: true,
      from: iso(fromMs),
      to: iso(toMs),
      alerts: page.map(alertAnswer),
      next: found.length > limit && last ? alertCursorText(last) : null,
    };
  }

  /** @throws ProblemError ALERT_NOT_FOUND */
  async changes(alertId: string): Promise<z.infer<typeof AlertChanges>> {
    const found = await this.watch.ask((store) => store.alertChanges(alertId));
    if (found.length === 0) throw new ProblemError('ALERT_NOT_FOUND', 'no alert with this id is stored');
    return { investigational: true, alertId, changes: found.map(alertAnswer) };
  }
}
