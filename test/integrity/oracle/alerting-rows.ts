import type { BreathAlert, BreathEpisode, RateAggregate } from '#libs/contracts';
import type { Row } from './rows.js';

/** A table of the store: what identifies its rows, and how all of them are read, times in epoch milliseconds. */
export interface AlertingTable {
  name: 'rates' | 'episodes' | 'alerts';
  key: string[];
  stored: string;
}

export const RATES = {
  name: 'rates',
  key: ['subject_id', 'span_start', 'span_seconds', 'model_version'],
  stored: 'SELECT * REPLACE (toUnixTimestamp64Milli(span_start) AS span_start) FROM rates FINAL',
  asRow: (rate: RateAggregate): Row => ({
    subject_id: rate.subjectId,
    span_start: rate.spanStart,
    span_seconds: rate.spanSeconds,
    rate_per_minute: rate.ratePerMinute,
    lower_per_minute: rate.lowerPerMinute,
    upper_per_minute: rate.upperPerMinute,
    coverage: rate.coverage,
    received_share: rate.receivedShare,
    accepted_windows: rate.acceptedWindows,
    rest_state: rate.restState,
    time_zone: rate.timeZone,
    model_version: rate.modelVersion,
  }),
};

export const EPISODES = {
  name: 'episodes',
  key: ['subject_id', 'episode_id'],
  stored: `
    SELECT * REPLACE (toUnixTimestamp64Milli(start) AS start, toUnixTimestamp64Milli(end) AS end) FROM episodes FINAL`,
  asRow: (episode: BreathEpisode): Row => ({
    subject_id: episode.subjectId,
    episode_id: episode.episodeId,
    state: episode.state,
    start: episode.start,
    end: episode.end,
    peak_per_minute: episode.peakPerMinute,
    mean_per_minute: episode.meanPerMinute,
    coverage: episode.coverage,
    rest_state: episode.restState,
    model_version: episode.modelVersion,
    closed: episode.state === 'closed' ? 1 : 0,
  }),
};

export const ALERTS = {
  name: 'alerts',
  key: ['subject_id', 'alert_id', 'sequence'],
  stored: `
    SELECT * REPLACE (toUnixTimestamp64Milli(started_at) AS started_at, toUnixTimestamp64Milli(at) AS at)
    FROM alerts FINAL`,
  asRow: (alert: BreathAlert, isLate: boolean): Row => ({
    subject_id: alert.subjectId,
    alert_id: alert.alertId,
    sequence: alert.sequence,
    rule_id: alert.ruleId,
    rule_version: alert.ruleVersion,
    severity: alert.severity,
    state: alert.state,
    reason: alert.reason,
    started_at: alert.startedAt,
    at: alert.at,
    signal: alert.signal,
    condition: alert.condition,
    value: alert.value,
    rate_per_minute: alert.ratePerMinute,
    lower_per_minute: alert.lowerPerMinute,
    upper_per_minute: alert.upperPerMinute,
    baseline_per_minute: alert.baselinePerMinute,
    coverage: alert.coverage,
    received_share: alert.receivedShare,
    span_seconds: alert.spanSeconds,
    labels: { ...alert.labels },
    annotations: { ...alert.annotations },
    group_key: alert.groupKey,
    model_version: alert.modelVersion,
    on_time: isLate ? 0 : 1,
  }),
};
