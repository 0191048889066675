import type { ClickHouseClient } from '@clickhouse/client';
import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';
import { INSERT_SETTINGS } from './client.js';

const BUCKET_MS = 15 * 60_000;
/** Longest window in milliseconds, so that one which began before a bucket is found; windows have 4-7 s. */
const LONGEST_WINDOW_MS = 60_000;
/** Bound parameters travel in the URL, which servers limit to 1 MB. */
const PAIRS_PER_STATEMENT = 500;

export interface TouchedBucket {
  subjectId: string;
  /** Start of the 15 minutes, epoch milliseconds. */
  bucketMs: number;
}

/** The quarters of an hour that windows reach into: one each, or two over an edge. */
export function touchedBuckets(estimates: readonly BreathEstimate[]): TouchedBucket[] {
  const touched = new Map<string, TouchedBucket>();
  for (const { subjectId, windowStart, windowSamples } of estimates) {
    const lastMs = windowStart + Math.floor((windowSamples * 1000) / ANALYSIS_RATE_HZ) - 1;
    const first = Math.floor(windowStart / BUCKET_MS);
    for (let bucket = first; bucket <= Math.floor(Math.max(lastMs, windowStart) / BUCKET_MS); bucket++) {
      touched.set(JSON.stringify([subjectId, bucket]), { subjectId, bucketMs: bucket * BUCKET_MS });
    }
  }
  return [...touched.values()];
}

/** Windows of `estimates`, one row per quarter of an hour that they reach into, clipped to it. */
const CLIPPED = `
  SELECT
    subject_id, model_version, rest_state, device_id, session_id, window_start, rr_per_minute,
    quality = 'ok' AS is_accepted,
    toUnixTimestamp64Milli(window_start) AS start_ms,
    start_ms + intDiv(window_samples, 16) AS end_ms,
    arrayJoin(arrayDistinct([intDiv(start_ms, 900000), intDiv(greatest(end_ms - 1, start_ms), 900000)])) AS bucket_index,
    intDiv(start_ms, 900000) = bucket_index AS begins_here,
    greatest(start_ms, bucket_index * 900000) AS clipped_start,
    least(end_ms, (bucket_index + 1) * 900000) AS clipped_end
  FROM estimates FINAL
  WHERE subject_id IN {subjects:Array(String)}
    AND window_start >= fromUnixTimestamp64Milli({from:Int64})
    AND window_start < fromUnixTimestamp64Milli({to:Int64})`;

const RECOMPUTE = `
INSERT INTO rate_buckets (
  subject_id, bucket, model_version, rest_state, windows, accepted, rate_histogram, received_ms, accepted_ms, streams,
  first_window_start, last_window_start, last_accepted_start, last_accepted_rate, version)
SELECT
  subject_id,
  toDateTime(bucket_index * 900, 'UTC') AS bucket,
  model_version,
  rest_state,
  countIf(begins_here),
  countIf(begins_here AND is_accepted),
  sumMapIf(map(toUInt16(round(rr_per_minute * 10)), toUInt32(1)), begins_here AND is_accepted),
  intervalLengthSum(clipped_start, clipped_end),
  intervalLengthSumIf(clipped_start, clipped_end, is_accepted),
  arraySort(groupUniqArrayIf(cityHash64(device_id, session_id), begins_here)),
  minIf(window_start, begins_here),
  maxIf(window_start, begins_here),
  maxIf(window_start, begins_here AND is_accepted),
  argMaxIf(rr_per_minute, (window_start, device_id, session_id), begins_here AND is_accepted),
  count()
FROM (${CLIPPED})
WHERE (subject_id, bucket_index) IN arrayZip({pairSubjects:Array(String)}, {pairBuckets:Array(Int64)})
GROUP BY subject_id, bucket_index, model_version, rest_state`;

/**
 * Computes buckets anew from the deduplicated windows and replaces them. Adding up what a batch brought would count
 * twice whatever a replay brings in other batches. Safe to repeat and safe against a stale twin.
 */
export async function recomputeBuckets(client: ClickHouseClient, touched: readonly TouchedBucket[]): Promise<void> {
  for (let at = 0; at < touched.length; at += PAIRS_PER_STATEMENT) {
    const pairs = touched.slice(at, at + PAIRS_PER_STATEMENT);
    const times = pairs.map(({ bucketMs }) => bucketMs);
    await client.command({
      query: RECOMPUTE,
      query_params: {
        subjects: [...new Set(pairs.map(({ subjectId }) => subjectId))],
        from: Math.min(...times) - LONGEST_WINDOW_MS,
        to: Math.max(...times) + BUCKET_MS,
        pairSubjects: pairs.map(({ subjectId }) => subjectId),
        pairBuckets: times.map((bucketMs) => bucketMs / BUCKET_MS),
      },
      clickhouse_settings: INSERT_SETTINGS,
    });
  }
}
