import { type BreathAlert, type BreathEpisode, type RateAggregate, isLateAlert } from '#libs/contracts';
import type { StoredAlert } from '#libs/store';
import type { z } from 'zod';
import type { Alert, Episode, Rate } from '../http/answers.js';
import { decimals } from './estimate-answer.js';

const iso = (epochMs: number): string => new Date(epochMs).toISOString();
const rounded = (value: number | null, digits: number): number | null =>
  value === null ? null : decimals(value, digits);

/** A stored span in the form in which the api answers. */
export function rateAnswer(rate: RateAggregate): z.infer<typeof Rate> {
  return {
    spanStart: iso(rate.spanStart),
    spanSeconds: rate.spanSeconds,
    ratePerMinute: rounded(rate.ratePerMinute, 1),
    lowerPerMinute: rounded(rate.lowerPerMinute, 1),
    upperPerMinute: rounded(rate.upperPerMinute, 1),
    coverage: decimals(rate.coverage, 4),
    receivedShare: decimals(rate.receivedShare, 4),
    acceptedWindows: rate.acceptedWindows,
    restState: rate.restState,
    modelVersion: rate.modelVersion,
  };
}

/** A stored episode in the form in which the api answers. */
export function episodeAnswer(episode: BreathEpisode): z.infer<typeof Episode> {
  return {
    episodeId: episode.episodeId,
    state: episode.state,
    start: iso(episode.start),
    end: episode.end === null ? null : iso(episode.end),
    peakPerMinute: decimals(episode.peakPerMinute, 1),
    meanPerMinute: decimals(episode.meanPerMinute, 1),
    coverage: decimals(episode.coverage, 4),
    restState: episode.restState,
    modelVersion: episode.modelVersion,
  };
}

/** A stored record of an alert in the form in which the api answers. */
export function alertAnswer(alert: StoredAlert): z.infer<typeof Alert> {
  return {
    alertId: alert.alertId,
    sequence: alert.sequence,
    subjectId: alert.subjectId,
    ruleId: alert.ruleId,
    ruleVersion: alert.ruleVersion,
    severity: alert.severity,
    state: alert.state,
    reason: alert.reason,
    late: alert.isLate,
    startedAt: iso(alert.startedAt),
    at: iso(alert.at),
    signal: alert.signal,
    condition: alert.condition,
    value: rounded(alert.value, 3),
    ratePerMinute: rounded(alert.ratePerMinute, 1),
    lowerPerMinute: rounded(alert.lowerPerMinute, 1),
    upperPerMinute: rounded(alert.upperPerMinute, 1),
    baselinePerMinute: rounded(alert.baselinePerMinute, 1),
    coverage: decimals(alert.coverage, 4),
    receivedShare: decimals(alert.receivedShare, 4),
    spanSeconds: alert.spanSeconds,
    labels: alert.labels,
    annotations: alert.annotations,
    groupKey: alert.groupKey,
    modelVersion: alert.modelVersion,
  };
}

/** The same of a record of the log, which was appended at `appendTimeMs`. */
export const liveAlertAnswer = (alert: BreathAlert, appendTimeMs: number): z.infer<typeof Alert> =>
  alertAnswer({ ...alert, isLate: isLateAlert(alert, appendTimeMs) });
