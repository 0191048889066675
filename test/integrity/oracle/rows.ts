import type { BreathEstimate } from '#libs/contracts';

/** A row of the store, times in epoch milliseconds, floats in single precision. */
export type Row = Record<string, unknown>;

/** By what identifies a row; each value is one row, or more where the store holds what it should have collapsed. */
export type Rows = Map<string, Row[]>;

export const asRow = (estimate: BreathEstimate) => ({
  subject_id: estimate.subjectId,
  device_id: estimate.deviceId,
  session_id: estimate.sessionId,
  session_started_at: estimate.sessionStartedAt,
  window_start: estimate.windowStart,
  start_sample: estimate.startSample,
  window_samples: estimate.windowSamples,
  window_seconds: Math.fround(estimate.windowSamples / 16_000),
  rr_per_minute: estimate.rrPerMinute,
  rr_std_dev: estimate.rrStdDev,
  breath_count: estimate.breathCount,
  p_none: estimate.pNone,
  p_normal: estimate.pNormal,
  p_heavy: estimate.pHeavy,
  p_noise: estimate.pNoise,
  quality: estimate.quality,
  rest_state: estimate.restState,
  stage: estimate.stage,
  environment: estimate.environment,
  time_zone: estimate.timeZone,
  model_version: estimate.modelVersion,
});

/** Every column (of the rows of one model; another one's are another oracle's matter), so that one which the layout gains is a difference until it stands in `asRow`. */
export const STORED_ESTIMATES = `
  SELECT * REPLACE (toUnixTimestamp64Milli(session_started_at) AS session_started_at,
                    toUnixTimestamp64Milli(window_start) AS window_start)
  FROM estimates FINAL WHERE model_version = {version:String}`;

export const STORED_BUCKETS = `
  SELECT subject_id, toUnixTimestamp(bucket) * 1000 AS bucket, model_version, rest_state, windows, accepted,
    mapSort(rate_histogram) AS rate_histogram, received_ms, accepted_ms, length(streams) AS streams,
    toUnixTimestamp64Milli(first_window_start) AS first_window_start,
    toUnixTimestamp64Milli(last_window_start) AS last_window_start,
    toUnixTimestamp64Milli(last_accepted_start) AS last_accepted_start,
    last_accepted_rate, version
  FROM rate_buckets FINAL WHERE model_version = {version:String}`;

const ESTIMATE_KEY = [
  'subject_id',
  'window_start',
  'device_id',
  'session_id',
  'start_sample',
  'window_samples',
  'model_version',
];
const BUCKET_KEY = ['subject_id', 'bucket', 'model_version', 'rest_state'];

export const byEstimateKey = (rows: Iterable<Row>): Rows => grouped(rows, ESTIMATE_KEY);
export const byBucketKey = (rows: Iterable<Row>): Rows => grouped(rows, BUCKET_KEY);

export function grouped(rows: Iterable<Row>, key: string[]): Rows {
  const found: Rows = new Map();
  for (const row of rows) {
    const name = JSON.stringify(key.map((column) => row[column]));
    const same = found.get(name);
    if (same) same.push(row);
    else found.set(name, [row]);
  }
  return found;
}

/** What ClickHouse's JSON gives: floats in their shortest form, which single precision reads back exactly. */
export const parseRow = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value) ? Math.fround(value) : value,
    ]),
  );
