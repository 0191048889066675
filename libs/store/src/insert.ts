import type { ClickHouseClient } from '@clickhouse/client';
import { ANALYSIS_RATE_HZ, type BreathEstimate, type BreathTruth } from '#libs/contracts';
import { INSERT_SETTINGS } from './client.js';

type Cell = string | number | boolean;
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
