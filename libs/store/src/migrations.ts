import type { ClickHouseClient } from '@clickhouse/client';

interface Migration {
  /** Counts up; a committed migration is never changed. */
  id: number;
  name: string;
  /** Each runs alone and may run twice: two services may boot at once, and a crash may fall between two of them. */
  statements: string[];
}

/** What of a window identifies it stands in ORDER BY, nothing else: the same window written again replaces itself. */
const ESTIMATES = `
CREATE TABLE IF NOT EXISTS estimates (
  subject_id String,
  device_id LowCardinality(String),
  session_id LowCardinality(String),
  session_started_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  window_start DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  start_sample Int64 COMMENT 'on the 16 kHz grid of the session' CODEC(DoubleDelta, ZSTD(1)),
  window_samples UInt32 CODEC(Delta, ZSTD(1)),
  window_seconds Float32 CODEC(ZSTD(1)),
  rr_per_minute Float32 CODEC(ZSTD(1)),
  rr_std_dev Float32 CODEC(ZSTD(1)),
  breath_count Float32 CODEC(ZSTD(1)),
  p_none Float32 CODEC(ZSTD(1)),
  p_normal Float32 CODEC(ZSTD(1)),
  p_heavy Float32 CODEC(ZSTD(1)),
  p_noise Float32 CODEC(ZSTD(1)),
  quality LowCardinality(String) COMMENT 'ok: the rate is accepted',
  rest_state LowCardinality(String),
  stage LowCardinality(String),
  environment LowCardinality(String),
  time_zone LowCardinality(String),
  model_version LowCardinality(String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(window_start)
ORDER BY (subject_id, window_start, device_id, session_id, start_sample, window_samples, model_version)`;

/**
 * One row per 15 minutes, from all windows that overlap them, each clipped to them. `version` is the number of those
 * windows: windows only ever join, so a later computation has more of them, and one from a stale read loses.
 */
const RATE_BUCKETS = `
CREATE TABLE IF NOT EXISTS rate_buckets (
  subject_id String,
  bucket DateTime('UTC') COMMENT 'start of the 15 minutes' CODEC(DoubleDelta, ZSTD(1)),
  model_version LowCardinality(String),
  rest_state LowCardinality(String),
  windows UInt32 COMMENT 'that began in the bucket',
  accepted UInt32 COMMENT 'of those, with quality ok',
  rate_histogram Map(UInt16, UInt32) COMMENT 'accepted windows by rate in tenths per minute',
  received_ms UInt32 COMMENT 'union of all windows within the bucket',
  accepted_ms UInt32 COMMENT 'union of the accepted windows within the bucket',
  streams Array(UInt64) COMMENT 'hashes of device and session',
  first_window_start DateTime64(3, 'UTC'),
  last_window_start DateTime64(3, 'UTC'),
  last_accepted_start DateTime64(3, 'UTC') COMMENT '1970 where none is accepted',
  last_accepted_rate Float32,
  version UInt32
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (subject_id, bucket, model_version, rest_state)`;

const SIMULATED_TRUTH = `
CREATE TABLE IF NOT EXISTS simulated_truth (
  subject_id String,
  device_id LowCardinality(String),
  session_id LowCardinality(String),
  started_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  duration_seconds Float32,
  rr_per_minute Float32,
  breathing Bool,
  snr_db Float32,
  rest_state LowCardinality(String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(started_at)
ORDER BY (subject_id, device_id, session_id, started_at)`;

/** For people with a SQL prompt: deduplicated, and of several model versions the last one in each quarter of an hour. */
const CURRENT_ESTIMATES = `
CREATE OR REPLACE VIEW current_estimates AS
SELECT * EXCEPT (newest_version) FROM (
  SELECT *, max(model_version) OVER (PARTITION BY subject_id, toStartOfFifteenMinutes(window_start)) AS newest_version
  FROM estimates FINAL
) WHERE model_version = newest_version`;

const CURRENT_RATE_BUCKETS = `
CREATE OR REPLACE VIEW current_rate_buckets AS
SELECT * EXCEPT (newest_version) FROM (
  SELECT *, max(model_version) OVER (PARTITION BY subject_id, bucket) AS newest_version
  FROM rate_buckets FINAL
) WHERE model_version = newest_version`;

/** A version whose windows only reach into the quarter from before must not hide one whose windows began in it. */
const CURRENT_RATE_BUCKETS_BY_BEGINNINGS = `
CREATE OR REPLACE VIEW current_rate_buckets AS
SELECT * EXCEPT (newest_version) FROM (
  SELECT *,
    argMax(model_version, (windows > 0, model_version)) OVER (PARTITION BY subject_id, bucket) AS newest_version
  FROM rate_buckets FINAL
) WHERE model_version = newest_version`;

/** Which version readers see where; docs/decisions/0005 says why so. */
const SERVED_VERSIONS = `
CREATE TABLE IF NOT EXISTS served_versions (
  model_version String,
  from_time DateTime('UTC') COMMENT 'start of a quarter of an hour',
  to_time DateTime('UTC') COMMENT 'start of a quarter of an hour, not included',
  rank UInt32 COMMENT '0 is being replayed, 1 is replayed, 2 is live, 3 and above: the switches in their order'
)
ENGINE = ReplacingMergeTree(rank)
ORDER BY (model_version, from_time, to_time)`;

/** A version has the highest rank that is said about it for the quarter of an hour, or else that of the live path. */
const RANK = `
  arrayFilter(said -> said.1 = model_version AND quarter >= said.2 AND quarter < said.3,
    (SELECT groupArray((model_version, from_time, to_time, rank)) FROM served_versions)) AS all_said,
  empty(all_said) ? 2 : arrayMax(arrayMap(said -> said.4, all_said)) AS version_rank`;

const RANKED_ESTIMATES = `
CREATE OR REPLACE VIEW current_estimates AS
SELECT * EXCEPT (quarter, all_said, version_rank, chosen_version) FROM (
  SELECT *, argMax(model_version, (version_rank, model_version)) OVER (PARTITION BY subject_id, quarter) AS chosen_version
  FROM (SELECT *, toStartOfFifteenMinutes(window_start) AS quarter, ${RANK} FROM estimates FINAL)
) WHERE model_version = chosen_version AND version_rank >= 2`;

/** Windows that only reach into a bucket began in the one before, and are judged by it. */
const RANKED_RATE_BUCKETS = `
CREATE OR REPLACE VIEW current_rate_buckets AS
SELECT * EXCEPT (quarter, all_said, version_rank, chosen_version) FROM (
  SELECT *,
    argMax(model_version, (version_rank >= 2, windows > 0, version_rank, model_version))
      OVER (PARTITION BY subject_id, bucket) AS chosen_version
  FROM (SELECT *, windows > 0 ? bucket : bucket - INTERVAL 15 MINUTE AS quarter, ${RANK} FROM rate_buckets FINAL)
) WHERE model_version = chosen_version AND version_rank >= 2`;

const RATES = `
CREATE TABLE IF NOT EXISTS rates (
  subject_id String,
  span_start DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  span_seconds UInt32 CODEC(Delta, ZSTD(1)),
  rate_per_minute Nullable(Float64) COMMENT 'median of the accepted windows' CODEC(ZSTD(1)),
  lower_per_minute Nullable(Float64) COMMENT 'of the 95 % interval' CODEC(ZSTD(1)),
  upper_per_minute Nullable(Float64) CODEC(ZSTD(1)),
  coverage Float64 COMMENT 'share of the span that accepted windows cover' CODEC(ZSTD(1)),
  received_share Float64 COMMENT 'share of the span that any windows cover' CODEC(ZSTD(1)),
  accepted_windows UInt32 CODEC(ZSTD(1)),
  rest_state LowCardinality(String),
  time_zone LowCardinality(String),
  model_version LowCardinality(String)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(span_start)
ORDER BY (subject_id, span_start, span_seconds, model_version)`;

/** Told when it opens and again when it closes: the end replaces the beginning, in whatever order they are written. */
const EPISODES = `
CREATE TABLE IF NOT EXISTS episodes (
  subject_id String,
  episode_id String,
  state LowCardinality(String),
  start DateTime64(3, 'UTC'),
  end Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it is open',
  peak_per_minute Float64,
  mean_per_minute Float64,
  coverage Float64,
  rest_state LowCardinality(String),
  model_version LowCardinality(String),
  closed UInt8
)
ENGINE = ReplacingMergeTree(closed)
PARTITION BY toYYYYMM(start)
ORDER BY (subject_id, start, episode_id)`;

/** One row per record of an alert. A record that a crash repeats may come too late though the first one did not. */
const ALERTS = `
CREATE TABLE IF NOT EXISTS alerts (
  subject_id String,
  alert_id String,
  sequence UInt32,
  rule_id LowCardinality(String),
  rule_version LowCardinality(String),
  severity LowCardinality(String),
  state LowCardinality(String),
  reason LowCardinality(String),
  started_at DateTime64(3, 'UTC'),
  at DateTime64(3, 'UTC'),
  signal LowCardinality(String),
  condition LowCardinality(String),
  value Nullable(Float64),
  rate_per_minute Nullable(Float64),
  lower_per_minute Nullable(Float64),
  upper_per_minute Nullable(Float64),
  baseline_per_minute Nullable(Float64),
  coverage Float64,
  received_share Float64,
  span_seconds UInt32,
  labels Map(String, String),
  annotations Map(String, String),
  group_key String,
  model_version LowCardinality(String),
  on_time UInt8 COMMENT '0: told more than 10 minutes after it happened, and never paged'
)
ENGINE = ReplacingMergeTree(on_time)
PARTITION BY toYYYYMM(started_at)
ORDER BY (subject_id, alert_id, sequence)`;

const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: 'estimates, their 15-minute buckets, simulated truth',
    statements: [ESTIMATES, RATE_BUCKETS, SIMULATED_TRUTH, CURRENT_ESTIMATES, CURRENT_RATE_BUCKETS],
  },
  {
    id: 2,
    name: 'the current version of a bucket is one whose windows began in it',
    statements: [CURRENT_RATE_BUCKETS_BY_BEGINNINGS],
  },
  {
    id: 3,
    name: 'which model version readers see where is said by a table',
    statements: [SERVED_VERSIONS, RANKED_ESTIMATES, RANKED_RATE_BUCKETS],
  },
  {
    id: 4,
    name: 'rates of spans, episodes of heavy breathing, alerts',
    statements: [RATES, EPISODES, ALERTS],
  },
];

const LEDGER = `
CREATE TABLE IF NOT EXISTS migrations (id UInt32, name String)
ENGINE = ReplacingMergeTree ORDER BY id`;

/**
 * Brings the database to the newest layout; does nothing where it is there already. Upwards only.
 * @param administrator a client of the server's default database, since ours may not exist yet
 * @param client a client of our database
 * @returns the names of the migrations that ran
 */
export async function migrate(
  administrator: ClickHouseClient,
  client: ClickHouseClient,
  database: string,
): Promise<string[]> {
  await administrator.command({
    query: 'CREATE DATABASE IF NOT EXISTS {database:Identifier}',
    query_params: { database },
  });
  await client.command({ query: LEDGER });
  const result = await client.query({ query: 'SELECT id FROM migrations FINAL', format: 'JSONEachRow' });
  const applied = new Set((await result.json<{ id: number }>()).map(({ id }) => id));
  const missing = MIGRATIONS.filter(({ id }) => !applied.has(id));
  for (const { id, name, statements } of missing) {
    for (const query of statements) await client.command({ query });
    await client.insert({ table: 'migrations', values: [{ id, name }], format: 'JSONEachRow' });
  }
  return missing.map(({ name }) => name);
}
