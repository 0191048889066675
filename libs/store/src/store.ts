import type { ClickHouseClient } from '@clickhouse/client';
import {
  type BreathEpisode,
  type BreathEstimate,
  type BreathTruth,
  EupneaError,
  type RateAggregate,
} from '#libs/contracts';
import { faultPoint } from '#libs/platform';
import {
  type AlertCursor,
  type AlertFilter,
  type StoredAlert,
  alertChanges,
  alertsIn,
  episodesOf,
  ratesOf,
} from './alerting-queries.js';
import { recomputeBuckets, touchedBuckets } from './buckets.js';
import { DEFAULT_DATABASE, type StoreSettings, createStoreClient, isUnavailable } from './client.js';
import { insertAlerts, insertEpisodes, insertEstimates, insertRates, insertTruth } from './insert.js';
import { migrate } from './migrations.js';
import type { ToldAlert } from './read-record.js';
import {
  type DayPoint,
  type EstimateCursor,
  type MinutePoint,
  type RunningError,
  type StoredEstimate,
  type SubjectSummary,
  countEstimates,
  dayTrend,
  estimatesOf,
  listSubjects,
  minuteTrend,
  runningError,
} from './queries.js';
import {
  type RangeState,
  type StoredVersion,
  type VersionRange,
  beginReplay,
  endReplay,
  firstLiveWindow,
  saidOfVersions,
  storedVersions,
  switchReaders,
} from './served-versions.js';

/**
 * ClickHouse as Eupnea uses it. Times are epoch milliseconds; ranges are half-open, from <= window start < to.
 * Every call throws EupneaError STORE_UNAVAILABLE where the server is away or overloaded, so that the same call may work
 * later; any other error does not heal by waiting.
 */
export class Store {
  private readonly client: ClickHouseClient;
  private readonly database: string;

  constructor(private readonly settings: StoreSettings) {
    this.database = settings.database ?? DEFAULT_DATABASE;
    this.client = createStoreClient(settings, this.database);
  }

  /** Creates the database and brings it to the newest layout; returns what it did. Safe at every boot. */
  async migrate(): Promise<string[]> {
    const administrator = createStoreClient(this.settings, 'default');
    try {
      return await this.available(migrate(administrator, this.client, this.database));
    } finally {
      await administrator.close();
    }
  }

  /** Whether the server answers. */
  async ping(): Promise<boolean> {
    return (await this.client.ping()).success;
  }

  /**
   * Writes windows and replaces the 15-minute buckets that they touch. Idempotent: the same windows in any batches, any
   * number of times, leave the same rows. Nothing may be committed before it resolves.
   */
  async record(estimates: readonly BreathEstimate[]): Promise<void> {
    await this.insertEstimates(estimates);
    if (estimates.length > 0) faultPoint('store.withinRecompute'); // rows are there that no bucket counts
    await this.available(recomputeBuckets(this.client, touchedBuckets(estimates)));
  }

  insertEstimates(estimates: readonly BreathEstimate[]): Promise<void> {
    return this.available(insertEstimates(this.client, estimates));
  }

  insertTruth(truths: readonly BreathTruth[]): Promise<void> {
    return this.available(insertTruth(this.client, truths));
  }

  insertRates(rates: readonly RateAggregate[]): Promise<void> {
    return this.available(insertRates(this.client, rates));
  }

  insertEpisodes(episodes: readonly BreathEpisode[]): Promise<void> {
    return this.available(insertEpisodes(this.client, episodes));
  }

  insertAlerts(alerts: readonly ToldAlert[]): Promise<void> {
    return this.available(insertAlerts(this.client, alerts));
  }

  listSubjects(page: { limit?: number; after?: string } = {}): Promise<SubjectSummary[]> {
    return this.available(listSubjects(this.client, page));
  }

  estimatesOf(
    subjectId: string,
    fromMs: number,
    toMs: number,
    limit: number,
    after?: EstimateCursor,
  ): Promise<StoredEstimate[]> {
    return this.available(estimatesOf(this.client, subjectId, fromMs, toMs, limit, after));
  }

  minuteTrend(subjectId: string, fromMs: number, toMs: number): Promise<MinutePoint[]> {
    return this.available(minuteTrend(this.client, subjectId, fromMs, toMs));
  }

  dayTrend(subjectId: string, fromMs: number, toMs: number, timeZone: string): Promise<DayPoint[]> {
    return this.available(dayTrend(this.client, subjectId, fromMs, toMs, timeZone));
  }

  ratesOf(subjectId: string, fromMs: number, toMs: number): Promise<RateAggregate[]> {
    return this.available(ratesOf(this.client, subjectId, fromMs, toMs));
  }

  episodesOf(subjectId: string, fromMs: number, toMs: number, limit: number): Promise<BreathEpisode[]> {
    return this.available(episodesOf(this.client, subjectId, fromMs, toMs, limit));
  }

  alertsIn(
    filter: AlertFilter,
    fromMs: number,
    toMs: number,
    limit: number,
    after?: AlertCursor,
  ): Promise<StoredAlert[]> {
    return this.available(alertsIn(this.client, filter, fromMs, toMs, limit, after));
  }

  alertChanges(alertId: string): Promise<StoredAlert[]> {
    return this.available(alertChanges(this.client, alertId));
  }

  runningError(sinceMs: number): Promise<RunningError> {
    return this.available(runningError(this.client, sinceMs));
  }

  /** What a replay through this version writes in the range stays unseen until a switch. */
  beginReplay(range: VersionRange): Promise<void> {
    return this.available(beginReplay(this.client, range));
  }

  endReplay(range: VersionRange): Promise<void> {
    return this.available(endReplay(this.client, range));
  }

  switchReaders(range: VersionRange): Promise<void> {
    return this.available(switchReaders(this.client, range));
  }

  firstLiveWindow(range: VersionRange): Promise<number | undefined> {
    return this.available(firstLiveWindow(this.client, range));
  }

  storedVersions(): Promise<StoredVersion[]> {
    return this.available(storedVersions(this.client));
  }

  saidOfVersions(): Promise<(VersionRange & { state: RangeState })[]> {
    return this.available(saidOfVersions(this.client));
  }

  countEstimates(): Promise<number> {
    return this.available(countEstimates(this.client));
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async available<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new EupneaError(
        'STORE_UNAVAILABLE',
        `ClickHouse at ${this.settings.url} cannot be used now: ${(error as Error).message || String(error)}`,
        { hint: 'Start it, or set CLICKHOUSE_URL.', cause: error },
      );
    }
  }
}
