import type { ClickHouseClient } from '@clickhouse/client';
import type { BreathEstimate } from '#libs/contracts';
import { rows, storable } from './rows.js';
import { LIVE_RANK, RANK_IN_QUARTER } from './served-versions.js';

/** All times are epoch milliseconds (UTC); ranges are half-open, from <= window start < to. */

export interface SubjectSummary {
  subjectId: string;
  firstWindowStart: number;
  lastWindowStart: number;
  windows: number;
  /** Distinct (device, session). */
  streams: number;
  /** The last accepted rate, breaths per minute, and its window's start; null where none was accepted. */
  latestRate: number | null;
  latestRateAt: number | null;
}

export interface StoredEstimate extends Omit<BreathEstimate, 'sessionStartedAt' | 'environment'> {
  windowSeconds: number;
}

/** Where a page of estimates ended: the identity of its last row within the subject. */
export type EstimateCursor = Pick<
  StoredEstimate,
  'windowStart' | 'deviceId' | 'sessionId' | 'startSample' | 'windowSamples'
>;

export interface TrendPoint {
  /** Windows that began in the span, and how many of them are accepted. */
  windows: number;
  accepted: number;
  /** Median of the accepted rates; null where there is none. */
  rrPerMinute: number | null;
  /** Union of accepted windows / span. */
  coverage: number;
  /** Union of all windows / span. */
  receivedShare: number;
  /** accepted / windows. */
  acceptedShare: number;
}
export type MinutePoint = TrendPoint & { minuteStart: number };
/** `day` is a local date, YYYY-MM-DD. */
export type DayPoint = TrendPoint & { day: string };

export interface RunningError {
  /** Accepted windows whose every part has a known true rate. */
  windows: number;
  /** Breaths per minute; null without windows. */
  medianAbsoluteError: number | null;
  /** Share of those windows within 5 breaths per minute of the truth; null without windows. */
  within5Share: number | null;
}

/** Every subject in the order of its id, at most `limit` behind `after`. */
export function listSubjects(
  client: ClickHouseClient,
  { limit = 100, after = '' }: { limit?: number; after?: string } = {},
): Promise<SubjectSummary[]> {
  return rows(
    client,
    `SELECT
      subject_id AS subjectId,
      toUnixTimestamp64Milli(min(first_window_start)) AS firstWindowStart,
      toUnixTimestamp64Milli(max(last_window_start)) AS lastWindowStart,
      toUInt64(sum(current.windows)) AS windows,
      length(groupUniqArrayArray(current.streams)) AS streams,
      sum(accepted) = 0 ? NULL : argMaxIf(last_accepted_rate, last_accepted_start, accepted > 0) AS latestRate,
      sum(accepted) = 0 ? NULL : toUnixTimestamp64Milli(maxIf(last_accepted_start, accepted > 0)) AS latestRateAt
    FROM current_rate_buckets AS current
    WHERE subject_id > {after:String} AND current.windows > 0
    GROUP BY subject_id ORDER BY subject_id LIMIT {limit:UInt32}`,
    { after, limit },
  );
}

/**
 * Windows of one subject in a range, of the version that readers see in each quarter of an hour: versions never mix. The
 * range is bound inside, so that only its parts are read.
 */
const CURRENT_IN_RANGE = `
  SELECT * FROM (
    SELECT *, argMax(model_version, (version_rank, model_version)) OVER (PARTITION BY quarter) AS chosen_version
    FROM (
      SELECT *, toStartOfFifteenMinutes(window_start) AS quarter, ${RANK_IN_QUARTER}
      FROM estimates FINAL
      WHERE subject_id = {subjectId:String}
        AND window_start >= toStartOfFifteenMinutes(fromUnixTimestamp64Milli({lead:Int64}))
        AND window_start < toStartOfFifteenMinutes(fromUnixTimestamp64Milli({to:Int64})) + INTERVAL 15 MINUTE
    )
  )
  WHERE model_version = chosen_version AND version_rank >= ${LIVE_RANK}
    AND window_start >= fromUnixTimestamp64Milli({lead:Int64})
    AND window_start < fromUnixTimestamp64Milli({to:Int64})`;

/** Windows in order of their start. For the next page pass the last one as `after`. */
export function estimatesOf(
  client: ClickHouseClient,
  subjectId: string,
  fromMs: number,
  toMs: number,
  limit: number,
  after?: EstimateCursor,
): Promise<StoredEstimate[]> {
  const behind = `AND (window_start, device_id, session_id, start_sample, window_samples) > (
    fromUnixTimestamp64Milli({afterStart:Int64}), {afterDevice:String}, {afterSession:String},
    {afterSample:Int64}, {afterSamples:UInt32})`;
  return rows(
    client,
    `SELECT
      subject_id AS subjectId, device_id AS deviceId, session_id AS sessionId,
      toUnixTimestamp64Milli(window_start) AS windowStart,
      start_sample AS startSample, window_samples AS windowSamples, window_seconds AS windowSeconds,
      rr_per_minute AS rrPerMinute, rr_std_dev AS rrStdDev, breath_count AS breathCount,
      p_none AS pNone, p_normal AS pNormal, p_heavy AS pHeavy, p_noise AS pNoise,
      quality, rest_state AS restState, stage, time_zone AS timeZone, model_version AS modelVersion
    FROM (${CURRENT_IN_RANGE})
    WHERE true ${after === undefined ? '' : behind}
    ORDER BY window_start, device_id, session_id, start_sample, window_samples
    LIMIT {limit:UInt32}`,
    {
      subjectId,
      lead: storable(fromMs),
      to: storable(toMs),
      limit,
      ...(after && {
        afterStart: after.windowStart,
        afterDevice: after.deviceId,
        afterSession: after.sessionId,
        afterSample: after.startSample,
        afterSamples: after.windowSamples,
      }),
    },
  );
}

/** Minutes (UTC) in which a window began. */
export function minuteTrend(
  client: ClickHouseClient,
  subjectId: string,
  fromMs: number,
  toMs: number,
): Promise<MinutePoint[]> {
  return rows(
    client,
    `WITH clipped AS (
      SELECT
        rr_per_minute,
        quality = 'ok' AS is_accepted,
        toUnixTimestamp64Milli(window_start) AS start_ms,
        start_ms + intDiv(window_samples, 16) AS end_ms,
        arrayJoin(range(intDiv(start_ms, 60000), intDiv(greatest(end_ms - 1, start_ms), 60000) + 1)) AS minute_index,
        intDiv(start_ms, 60000) = minute_index AND start_ms >= {from:Int64} AS begins_here,
        greatest(start_ms, minute_index * 60000) AS clipped_start,
        least(end_ms, (minute_index + 1) * 60000) AS clipped_end
      FROM (${CURRENT_IN_RANGE})
    )
    SELECT
      minute_index * 60000 AS minuteStart,
      countIf(begins_here) AS windows,
      countIf(begins_here AND is_accepted) AS accepted,
      accepted = 0 ? NULL : quantileExactWeightedIf(0.5)(rr_per_minute, 1, begins_here AND is_accepted) AS rrPerMinute,
      intervalLengthSumIf(clipped_start, clipped_end, is_accepted) / 60000 AS coverage,
      intervalLengthSum(clipped_start, clipped_end) / 60000 AS receivedShare,
      accepted / windows AS acceptedShare
    FROM clipped
    GROUP BY minute_index HAVING windows > 0 ORDER BY minute_index`,
    { subjectId, from: storable(fromMs), lead: storable(fromMs - LEAD_MS), to: storable(toMs) },
  );
}

/** Windows that began so long before the range may reach into its first minute. */
const LEAD_MS = 10_000;

/**
 * Days of a time zone in which a window began, from the 15-minute buckets that begin in the range.
 * @param timeZone an IANA name; every zone in use is a whole number of quarters of an hour from UTC
 */
export function dayTrend(
  client: ClickHouseClient,
  subjectId: string,
  fromMs: number,
  toMs: number,
  timeZone: string,
): Promise<DayPoint[]> {
  return rows(
    client,
    `WITH current AS (
      SELECT *,
        argMax(model_version, (version_rank >= ${LIVE_RANK}, windows > 0, version_rank, model_version))
          OVER (PARTITION BY bucket) AS chosen_version
      FROM (
        -- Windows that only reach into a bucket began in the one before, and are judged by it.
        SELECT *, windows > 0 ? bucket : bucket - INTERVAL 15 MINUTE AS quarter, ${RANK_IN_QUARTER}
        FROM rate_buckets FINAL
        WHERE subject_id = {subjectId:String}
          AND bucket >= toStartOfFifteenMinutes(fromUnixTimestamp64Milli({from:Int64}))
          AND bucket < fromUnixTimestamp64Milli({to:Int64})
      )
    ),
    days AS (
      SELECT
        toStartOfDay(toTimeZone(bucket, {timeZone:String})) AS midnight,
        sum(current.windows) AS all_windows,
        sum(current.accepted) AS all_accepted,
        sumMap(rate_histogram) AS histogram,
        sum(received_ms) AS all_received_ms,
        sum(accepted_ms) AS all_accepted_ms
      FROM current WHERE model_version = chosen_version AND version_rank >= ${LIVE_RANK}
      GROUP BY midnight
    )
    SELECT
      toString(toDate(midnight)) AS day,
      toUInt64(all_windows) AS windows,
      toUInt64(all_accepted) AS accepted,
      all_accepted = 0 ? NULL : arrayReduce('quantileExactWeighted(0.5)', mapKeys(histogram), mapValues(histogram)) / 10
        AS rrPerMinute,
      -- A bucket unites per rest state; where two overlap (a transition, two devices), their sum may pass the whole.
      least(1, all_accepted_ms / span_ms) AS coverage,
      least(1, all_received_ms / span_ms) AS receivedShare,
      all_accepted / all_windows AS acceptedShare,
      (toUnixTimestamp(addDays(midnight, 1)) - toUnixTimestamp(midnight)) * 1000 AS span_ms
    FROM days WHERE all_windows > 0 ORDER BY midnight`,
    { subjectId, from: storable(fromMs), to: storable(toMs), timeZone },
  ).then((days) => (days as (DayPoint & { span_ms: number })[]).map(({ span_ms: _, ...day }) => day));
}

/** Stretches of truth are shorter than windows: both are cut at the same cells of ten seconds and joined cell by cell. */
const CELL_MS = 10_000;
const cellsOf = (startMs: string, endMs: string): string =>
  `arrayJoin(range(intDiv(${startMs}, ${CELL_MS}), intDiv(greatest(${endMs} - 1, ${startMs}), ${CELL_MS}) + 1)) AS cell`;
/** What rounding the stretches to milliseconds may leave uncovered in a window. */
const ROUNDING_MS = 10;

/**
 * How far accepted rates lie from what simulated people truly did, over windows that began since then. The truth of a
 * window is the mean of the stretches that it overlaps, each by its share; windows with a part that has no audible
 * breath, or no known truth, are left out.
 */
export async function runningError(client: ClickHouseClient, sinceMs: number): Promise<RunningError> {
  const [error] = await rows<RunningError>(
    client,
    `WITH estimate AS (
      SELECT
        subject_id, device_id, session_id, rr_per_minute AS rate,
        toUnixTimestamp64Milli(window_start) AS estimate_start, estimate_start + intDiv(window_samples, 16) AS estimate_end,
        ${cellsOf('estimate_start', 'estimate_end')}
      FROM current_estimates
      WHERE quality = 'ok' AND window_start >= fromUnixTimestamp64Milli({since:Int64})
    ),
    truth AS (
      SELECT
        subject_id, device_id, session_id, rr_per_minute AS true_rate, breathing,
        toUnixTimestamp64Milli(started_at) AS truth_start, truth_start + toInt64(round(duration_seconds * 1000)) AS truth_end,
        ${cellsOf('truth_start', 'truth_end')}
      FROM simulated_truth FINAL
      WHERE started_at + toIntervalMillisecond(toInt64(duration_seconds * 1000)) >= fromUnixTimestamp64Milli({since:Int64})
    ),
    overlaps AS (
      SELECT *,
        greatest(estimate_start, truth_start, cell * ${CELL_MS}) AS overlap_start,
        least(estimate_end, truth_end, (cell + 1) * ${CELL_MS}) AS overlap_end
      FROM estimate INNER JOIN truth USING (subject_id, device_id, session_id, cell)
      WHERE overlap_end > overlap_start
    ),
    deviations AS (
      SELECT abs(rate - sum(true_rate * (overlap_end - overlap_start)) / sum(overlap_end - overlap_start)) AS deviation
      FROM overlaps
      GROUP BY subject_id, device_id, session_id, estimate_start, estimate_end, rate
      HAVING min(breathing) AND sum(overlap_end - overlap_start) >= estimate_end - estimate_start - ${ROUNDING_MS}
    )
    SELECT
      count() AS windows,
      windows = 0 ? NULL : medianExact(deviation) AS medianAbsoluteError,
      windows = 0 ? NULL : countIf(deviation <= 5) / windows AS within5Share
    FROM deviations`,
    { since: sinceMs },
  );
  return error ?? { windows: 0, medianAbsoluteError: null, within5Share: null };
}

/** Deduplicated windows, of all model versions. */
export async function countEstimates(client: ClickHouseClient): Promise<number> {
  const [count] = await rows<{ windows: number }>(client, 'SELECT count() AS windows FROM estimates FINAL');
  return count?.windows ?? 0;
}
