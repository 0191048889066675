import type { ClickHouseClient } from '@clickhouse/client';
import { EupneaError } from '#libs/contracts';
import { INSERT_SETTINGS } from './client.js';

/**
 * Which of several model versions readers see, by quarter of an hour (docs/decisions/0005). Table `served_versions` says
 * of a version and a range what rank it has there; the highest counts, so a row written twice changes nothing.
 */
export interface VersionRange {
  modelVersion: string;
  /** Starts of quarters of an hour, epoch milliseconds; `toMs` is not included. */
  fromMs: number;
  toMs: number;
}

/** Versions below the live one are never shown. */
const BEING_REPLAYED = 0;
const REPLAYED = 1;
/** What a version has where nothing is said about it: the live path wrote it. */
export const LIVE_RANK = 2;

/** Columns `all_said` and `version_rank`, for rows with `model_version` and `quarter`; as in migration 3. */
export const RANK_IN_QUARTER = `
  arrayFilter(said -> said.1 = model_version AND quarter >= said.2 AND quarter < said.3,
    (SELECT groupArray((model_version, from_time, to_time, rank)) FROM served_versions)) AS all_said,
  empty(all_said) ? ${LIVE_RANK} : arrayMax(arrayMap(said -> said.4, all_said)) AS version_rank`;

/** A replay begins: what it writes stays unseen until a switch. */
export const beginReplay = (client: ClickHouseClient, range: VersionRange): Promise<void> =>
  say(client, range, BEING_REPLAYED);

/** A replay wrote all of the range: from now on readers may be switched to it. */
export const endReplay = (client: ClickHouseClient, range: VersionRange): Promise<void> => say(client, range, REPLAYED);

/**
 * From now on readers see this version in the range, wherever a subject has windows of it; the last switch wins.
 * @throws EupneaError VERSION_NOT_STORED, RESCORING_UNFINISHED
 */
export async function switchReaders(client: ClickHouseClient, range: VersionRange): Promise<void> {
  const { windows, unfinished, last } = await ask<{ windows: number; unfinished: number; last: number }>(
    client,
    `WITH said AS (
      SELECT * FROM served_versions FINAL
    )
    SELECT
      (SELECT count() FROM estimates WHERE model_version = {modelVersion:String} AND ${IN_RANGE}) AS windows,
      (SELECT count() FROM said WHERE rank = ${BEING_REPLAYED} AND model_version = {modelVersion:String}
        AND toUnixTimestamp(from_time) * 1000 < {toMs:Int64} AND toUnixTimestamp(to_time) * 1000 > {fromMs:Int64}
      ) AS unfinished,
      (SELECT max(rank) FROM said) AS last`,
    range,
  );
  const where = `${range.modelVersion} from ${iso(range.fromMs)} to ${iso(range.toMs)}`;
  if (unfinished > 0) {
    throw new EupneaError('RESCORING_UNFINISHED', `the replay of ${where} is not finished`, {
      hint: 'Run the same npm run rescore again: it goes on where it stopped.',
    });
  }
  if (windows === 0) {
    throw new EupneaError('VERSION_NOT_STORED', `the store holds no window of ${where}`, {
      hint: 'npm run rescore -- list shows the versions that are there.',
    });
  }
  await say(client, range, Math.max(last, LIVE_RANK) + 1);
}

/** Start of the first window of the version in the range that no replay wrote; undefined without one. */
export async function firstLiveWindow(client: ClickHouseClient, range: VersionRange): Promise<number | undefined> {
  const { windows, first } = await ask<{ windows: number; first: number }>(
    client,
    `SELECT count() AS windows, toUnixTimestamp64Milli(min(window_start)) AS first
    FROM (
      SELECT window_start, toStartOfFifteenMinutes(window_start) AS quarter, ${RANK_IN_QUARTER}
      FROM estimates WHERE model_version = {modelVersion:String} AND ${IN_RANGE}
    ) WHERE empty(all_said)`,
    range,
  );
  return windows === 0 ? undefined : first;
}

export interface StoredVersion {
  modelVersion: string;
  /** Deduplicated. */
  windows: number;
  firstWindowStart: number;
  lastWindowStart: number;
}

export async function storedVersions(client: ClickHouseClient): Promise<StoredVersion[]> {
  const result = await client.query({
    query: `SELECT
      model_version AS modelVersion,
      toUInt64(sum(rate_buckets.windows)) AS windows,
      toUnixTimestamp64Milli(min(first_window_start)) AS firstWindowStart,
      toUnixTimestamp64Milli(max(last_window_start)) AS lastWindowStart
    FROM rate_buckets FINAL WHERE rate_buckets.windows > 0
    GROUP BY model_version ORDER BY firstWindowStart, modelVersion`,
    format: 'JSONEachRow',
  });
  return result.json<StoredVersion>();
}

export type RangeState = 'being replayed' | 'replayed' | `switch ${number}`;

/** What was said about versions and ranges, the last switch at the end. */
export async function saidOfVersions(client: ClickHouseClient): Promise<(VersionRange & { state: RangeState })[]> {
  const result = await client.query({
    query: `SELECT
      model_version AS modelVersion,
      toUnixTimestamp(from_time) * 1000 AS fromMs, toUnixTimestamp(to_time) * 1000 AS toMs, rank
    FROM served_versions FINAL ORDER BY rank, fromMs, modelVersion`,
    format: 'JSONEachRow',
  });
  return (await result.json<VersionRange & { rank: number }>()).map(({ rank, ...range }) => ({
    ...range,
    state: rank === BEING_REPLAYED ? 'being replayed' : rank === REPLAYED ? 'replayed' : `switch ${rank - LIVE_RANK}`,
  }));
}

const IN_RANGE = `window_start >= fromUnixTimestamp64Milli({fromMs:Int64})
  AND window_start < fromUnixTimestamp64Milli({toMs:Int64})`;

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

async function say(client: ClickHouseClient, { modelVersion, fromMs, toMs }: VersionRange, rank: number) {
  await client.insert({
    table: 'served_versions',
    columns: ['model_version', 'from_time', 'to_time', 'rank'],
    values: [[modelVersion, fromMs / 1000, toMs / 1000, rank]],
    format: 'JSONCompactEachRow',
    clickhouse_settings: INSERT_SETTINGS,
  });
}

async function ask<Row>(client: ClickHouseClient, query: string, { modelVersion, fromMs, toMs }: VersionRange) {
  const result = await client.query({
    query,
    query_params: { modelVersion, fromMs, toMs },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<Row>();
  if (row === undefined) throw new Error('an aggregate gave no row');
  return row;
}
