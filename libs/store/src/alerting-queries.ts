import type { ClickHouseClient } from '@clickhouse/client';
import type { BreathAlert, BreathEpisode, RateAggregate } from '#libs/contracts';
import { rows, storable } from './rows.js';

/** What the alerter told. All times are epoch milliseconds (UTC); ranges are half-open, from <= t < to. */

export interface StoredAlert extends BreathAlert {
  /** Told more than 10 minutes after it happened: never paged. */
  isLate: boolean;
}

export interface AlertFilter {
  subjectId?: string | undefined;
  ruleId?: string | undefined;
  severity?: string | undefined;
  state?: BreathAlert['state'] | undefined;
}

/** Where a page of alerts ended. */
export type AlertCursor = Pick<StoredAlert, 'startedAt' | 'alertId'>;

const FROM_MS = 'fromUnixTimestamp64Milli({from:Int64})';
const TO_MS = 'fromUnixTimestamp64Milli({to:Int64})';

/** Spans that began in a range, in order. Where two model versions spoke of one, the one that heard more. */
export function ratesOf(
  client: ClickHouseClient,
  subjectId: string,
  fromMs: number,
  toMs: number,
): Promise<RateAggregate[]> {
  return rows(
    client,
    `SELECT
      subject_id AS subjectId, toUnixTimestamp64Milli(span_start) AS spanStart, span_seconds AS spanSeconds,
      rate_per_minute AS ratePerMinute, lower_per_minute AS lowerPerMinute, upper_per_minute AS upperPerMinute,
      coverage, received_share AS receivedShare, accepted_windows AS acceptedWindows,
      rest_state AS restState, time_zone AS timeZone, model_version AS modelVersion
    FROM rates FINAL
    WHERE subject_id = {subjectId:String} AND span_start >= ${FROM_MS} AND span_start < ${TO_MS}
    ORDER BY span_start, span_seconds, accepted_windows DESC, received_share DESC, model_version DESC
    LIMIT 1 BY span_start, span_seconds`,
    { subjectId, from: storable(fromMs), to: storable(toMs) },
  );
}

/** Episodes of which some part lies in a range, the open ones included; the newest first. */
export function episodesOf(
  client: ClickHouseClient,
  subjectId: string,
  fromMs: number,
  toMs: number,
  limit: number,
): Promise<BreathEpisode[]> {
  return rows(
    client,
    `SELECT
      episode_id AS episodeId, subject_id AS subjectId, state,
      toUnixTimestamp64Milli(episodes.start) AS start, toUnixTimestamp64Milli(episodes.end) AS end,
      peak_per_minute AS peakPerMinute, mean_per_minute AS meanPerMinute, coverage,
      rest_state AS restState, model_version AS modelVersion
    FROM episodes FINAL
    WHERE subject_id = {subjectId:String} AND episodes.start < ${TO_MS}
      AND (episodes.end IS NULL OR episodes.end >= ${FROM_MS})
    ORDER BY episodes.start DESC, episode_id LIMIT {limit:UInt32}`,
    { subjectId, from: storable(fromMs), to: storable(toMs), limit },
  );
}

const ALERT = `
  alert_id AS alertId, alerts.sequence AS sequence, subject_id AS subjectId, rule_id AS ruleId,
  rule_version AS ruleVersion, severity, state, reason,
  toUnixTimestamp64Milli(started_at) AS startedAt, toUnixTimestamp64Milli(alerts.at) AS at,
  signal, condition, value, rate_per_minute AS ratePerMinute, lower_per_minute AS lowerPerMinute,
  upper_per_minute AS upperPerMinute, baseline_per_minute AS baselinePerMinute,
  coverage, received_share AS receivedShare, span_seconds AS spanSeconds, labels, annotations,
  group_key AS groupKey, model_version AS modelVersion, on_time = 0 AS isLate`;

const asAlert = (row: StoredAlert): StoredAlert => ({ ...row, isLate: Boolean(row.isLate) });

/** The newest record of each alert that was not over at some time of a range; those that began last come first. */
export async function alertsIn(
  client: ClickHouseClient,
  { subjectId = '', ruleId = '', severity = '', state = '' as never }: AlertFilter,
  fromMs: number,
  toMs: number,
  limit: number,
  after?: AlertCursor,
): Promise<StoredAlert[]> {
  const found = await rows<StoredAlert>(
    client,
    `SELECT * FROM (
      SELECT ${ALERT} FROM alerts FINAL
      WHERE started_at < ${TO_MS}
        AND ({subjectId:String} = '' OR subject_id = {subjectId:String})
        AND ({ruleId:String} = '' OR rule_id = {ruleId:String})
        AND ({severity:String} = '' OR severity = {severity:String})
      ORDER BY alerts.sequence DESC LIMIT 1 BY subject_id, alert_id
    )
    WHERE (state != 'resolved' OR at >= {from:Int64}) AND ({state:String} = '' OR state = {state:String})
      ${after === undefined ? '' : 'AND (startedAt, alertId) < ({afterStart:Int64}, {afterId:String})'}
    ORDER BY startedAt DESC, alertId DESC LIMIT {limit:UInt32}`,
    {
      subjectId,
      ruleId,
      severity,
      state,
      from: storable(fromMs),
      to: storable(toMs),
      limit,
      ...(after && { afterStart: after.startedAt, afterId: after.alertId }),
    },
  );
  return found.map(asAlert);
}

/** Every record of one alert, in order. */
export async function alertChanges(client: ClickHouseClient, alertId: string): Promise<StoredAlert[]> {
  const found = await rows<StoredAlert>(
    client,
    `SELECT ${ALERT} FROM alerts FINAL WHERE alert_id = {alertId:String} ORDER BY alerts.sequence`,
    { alertId },
  );
  return found.map(asAlert);
}
