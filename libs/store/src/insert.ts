import type { ClickHouseClient } from '@clickhouse/client';
import {
  ANALYSIS_RATE_HZ,
  type BreathEpisode,
  type BreathEstimate,
  type BreathTruth,
  type RateAggregate,
} from '#libs/contracts';
import { INSERT_SETTINGS } from './client.js';
import type { ToldAlert } from './read-record.js';

type Cell = string | number | boolean | null | Record<string, string>;
type Columns<Value> = Record<string, (value: Value) => Cell>;

/** 'YYYY-MM-DD hh:mm:ss.mmm' in UTC, which a DateTime64(3, 'UTC') reads exactly. */
const timestamp = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, -1).replace('T', ' ');

const ESTIMATE_COLUMNS: Columns<BreathEstimate> = {
  subject_id: (estimate) => estimate.subjectId,
  device_id: (estimate) => estimate.deviceId,
  session_id: (estimate) => estimate.sessionId,
  session_started_at: (estimate) => timestamp(estimate.sessionStartedAt),
  window_start: (estimate) => timestamp(estimate.windowStart),
  start_sample: (estimate) => estimate.startSample,
  window_samples: (estimate) => estimate.windowSamples,
  window_seconds: (estimate) => estimate.windowSamples / ANALYSIS_RATE_HZ,
  rr_per_minute: (estimate) => estimate.rrPerMinute,
  rr_std_dev: (estimate) => estimate.rrStdDev,
  breath_count: (estimate) => estimate.breathCount,
  p_none: (estimate) => estimate.pNone,
  p_normal: (estimate) => estimate.pNormal,
  p_heavy: (estimate) => estimate.pHeavy,
  p_noise: (estimate) => estimate.pNoise,
  quality: (estimate) => estimate.quality,
  rest_state: (estimate) => estimate.restState,
  stage: (estimate) => estimate.stage,
  environment: (estimate) => estimate.environment,
  time_zone: (estimate) => estimate.timeZone,
  model_version: (estimate) => estimate.modelVersion,
};

const TRUTH_COLUMNS: Columns<BreathTruth> = {
  subject_id: (truth) => truth.subjectId,
  device_id: (truth) => truth.deviceId,
  session_id: (truth) => truth.sessionId,
  started_at: (truth) => timestamp(truth.startedAt),
  duration_seconds: (truth) => truth.durationSeconds,
  rr_per_minute: (truth) => truth.rrPerMinute,
  breathing: (truth) => truth.breathing,
  snr_db: (truth) => truth.snrDb,
  rest_state: (truth) => truth.restState,
};

const RATE_COLUMNS: Columns<RateAggregate> = {
  subject_id: (rate) => rate.subjectId,
  span_start: (rate) => timestamp(rate.spanStart),
  span_seconds: (rate) => rate.spanSeconds,
  rate_per_minute: (rate) => rate.ratePerMinute,
  lower_per_minute: (rate) => rate.lowerPerMinute,
  upper_per_minute: (rate) => rate.upperPerMinute,
  coverage: (rate) => rate.coverage,
  received_share: (rate) => rate.receivedShare,
  accepted_windows: (rate) => rate.acceptedWindows,
  rest_state: (rate) => rate.restState,
  time_zone: (rate) => rate.timeZone,
  model_version: (rate) => rate.modelVersion,
};

const EPISODE_COLUMNS: Columns<BreathEpisode> = {
  subject_id: (episode) => episode.subjectId,
  episode_id: (episode) => episode.episodeId,
  state: (episode) => episode.state,
  start: (episode) => timestamp(episode.start),
  end: (episode) => (episode.end === null ? null : timestamp(episode.end)),
  peak_per_minute: (episode) => episode.peakPerMinute,
  mean_per_minute: (episode) => episode.meanPerMinute,
  coverage: (episode) => episode.coverage,
  rest_state: (episode) => episode.restState,
  model_version: (episode) => episode.modelVersion,
  closed: (episode) => (episode.state === 'closed' ? 1 : 0),
};

const ALERT_COLUMNS: Columns<ToldAlert> = {
  subject_id: ({ alert }) => alert.subjectId,
  alert_id: ({ alert }) => alert.alertId,
  sequence: ({ alert }) => alert.sequence,
  rule_id: ({ alert }) => alert.ruleId,
  rule_version: ({ alert }) => alert.ruleVersion,
  severity: ({ alert }) => alert.severity,
  state: ({ alert }) => alert.state,
  reason: ({ alert }) => alert.reason,
  started_at: ({ alert }) => timestamp(alert.startedAt),
  at: ({ alert }) => timestamp(alert.at),
  signal: ({ alert }) => alert.signal,
  condition: ({ alert }) => alert.condition,
  value: ({ alert }) => alert.value,
  rate_per_minute: ({ alert }) => alert.ratePerMinute,
  lower_per_minute: ({ alert }) => alert.lowerPerMinute,
  upper_per_minute: ({ alert }) => alert.upperPerMinute,
  baseline_per_minute: ({ alert }) => alert.baselinePerMinute,
  coverage: ({ alert }) => alert.coverage,
  received_share: ({ alert }) => alert.receivedShare,
  span_seconds: ({ alert }) => alert.spanSeconds,
  labels: ({ alert }) => alert.labels,
  annotations: ({ alert }) => alert.annotations,
  group_key: ({ alert }) => alert.groupKey,
  model_version: ({ alert }) => alert.modelVersion,
  on_time: ({ isLate }) => (isLate ? 0 : 1),
};

async function insert<Value>(
  client: ClickHouseClient,
  table: string,
  columns: Columns<Value>,
  values: readonly Value[],
): Promise<void> {
  if (values.length === 0) return;
  const cells = Object.values(columns);
  await client.insert({
    table,
    columns: Object.keys(columns) as [string, ...string[]],
    values: values.map((value) => cells.map((cell) => cell(value))),
    format: 'JSONCompactEachRow',
    clickhouse_settings: INSERT_SETTINGS,
  });
}

/** Writes windows as one block, durable in the server when it resolves. Written again, they replace themselves. */
export function insertEstimates(client: ClickHouseClient, estimates: readonly BreathEstimate[]): Promise<void> {
  return insert(client, 'estimates', ESTIMATE_COLUMNS, estimates);
}

export function insertTruth(client: ClickHouseClient, truths: readonly BreathTruth[]): Promise<void> {
  return insert(client, 'simulated_truth', TRUTH_COLUMNS, truths);
}

export function insertRates(client: ClickHouseClient, rates: readonly RateAggregate[]): Promise<void> {
  return insert(client, 'rates', RATE_COLUMNS, rates);
}

export function insertEpisodes(client: ClickHouseClient, episodes: readonly BreathEpisode[]): Promise<void> {
  return insert(client, 'episodes', EPISODE_COLUMNS, episodes);
}

export function insertAlerts(client: ClickHouseClient, alerts: readonly ToldAlert[]): Promise<void> {
  return insert(client, 'alerts', ALERT_COLUMNS, alerts);
}
