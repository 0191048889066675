import {
  type BreathAlert,
  type BreathEpisode,
  type BreathEstimate,
  type BreathTruth,
  type RateAggregate,
  type StageResult,
  decode,
  drop,
  isLateAlert,
  ok,
  reject,
} from '#libs/contracts';

interface Carrier {
  value: Buffer | null;
}

/** What a column of the store can hold; beyond it a row could not be written, and would be tried for ever. */
const LATEST_MS = Date.UTC(2100, 0);
const LONGEST_WINDOW_SAMPLES = 60 * 16_000;
const HIGHEST_RATE = 1_000;
const LONGEST_SPAN_SECONDS = 86_400;
const MOST = 2 ** 31 - 1;

/** A record of the estimates topic; watermarks and changes of rules are not for the recorder. */
export function readEstimate({ value }: Carrier): StageResult<BreathEstimate> {
  const decoded = decode(value, 'BreathEstimate', 'Watermark', 'RuleSetChange');
  if (decoded.kind !== 'ok') return decoded;
  if (decoded.value.record === 'Watermark') return drop('watermark');
  if (decoded.value.record === 'RuleSetChange') return drop('rule-set-change');
  const estimate = decoded.value.value;
  const fault = faultOfEstimate(estimate);
  return fault === undefined ? ok(estimate) : reject('INVALID_FIELD', fault);
}

/** What no column can hold, in words: such an estimate counts for nobody. */
export function faultOfEstimate(estimate: BreathEstimate): string | undefined {
  return (
    faultOfTime('sessionStartedAt', estimate.sessionStartedAt) ??
    faultOfTime('windowStart', estimate.windowStart) ??
    faultOfRange('windowSamples', estimate.windowSamples, 1, LONGEST_WINDOW_SAMPLES) ??
    faultOfRange('startSample', estimate.startSample, 0, Number.MAX_SAFE_INTEGER) ??
    faultOfRange('rrPerMinute', estimate.rrPerMinute, 0, HIGHEST_RATE) ??
    faultOfFinite(estimate, 'rrStdDev', 'breathCount', 'pNone', 'pNormal', 'pHeavy', 'pNoise')
  );
}

/** A record of the simulator's truth topic. */
export function readTruth({ value }: Carrier): StageResult<BreathTruth> {
  const decoded = decode(value, 'BreathTruth');
  if (decoded.kind !== 'ok') return decoded;
  const truth = decoded.value.value;
  const fault =
    faultOfTime('startedAt', truth.startedAt) ?? faultOfFinite(truth, 'durationSeconds', 'rrPerMinute', 'snrDb');
  return fault === undefined ? ok(truth) : reject('INVALID_FIELD', fault);
}

/** A record of the rates topic. */
export function readRate({ value }: Carrier): StageResult<RateAggregate> {
  const decoded = decode(value, 'RateAggregate');
  if (decoded.kind !== 'ok') return decoded;
  const rate = decoded.value.value;
  const fault =
    faultOfTime('spanStart', rate.spanStart) ??
    faultOfRange('spanSeconds', rate.spanSeconds, 1, LONGEST_SPAN_SECONDS) ??
    faultOfRange('acceptedWindows', rate.acceptedWindows, 0, MOST) ??
    faultOfNumbers(rate, 'ratePerMinute', 'lowerPerMinute', 'upperPerMinute', 'coverage', 'receivedShare');
  return fault === undefined ? ok(rate) : reject('INVALID_FIELD', fault);
}

/** A record of the episodes topic. */
export function readEpisode({ value }: Carrier): StageResult<BreathEpisode> {
  const decoded = decode(value, 'BreathEpisode');
  if (decoded.kind !== 'ok') return decoded;
  const episode = decoded.value.value;
  const fault =
    faultOfTime('start', episode.start) ??
    (episode.end === null ? undefined : faultOfTime('end', episode.end)) ??
    faultOfNumbers(episode, 'peakPerMinute', 'meanPerMinute', 'coverage');
  return fault === undefined ? ok(episode) : reject('INVALID_FIELD', fault);
}

/** An alert together with what its record's LogAppendTime says of it. */
export interface ToldAlert {
  alert: BreathAlert;
  /** Told so long after it happened that it is no news: never paged. */
  isLate: boolean;
}

/** A record of the alerts topic. */
export function readAlert({ value, appendTimeMs }: Carrier & { appendTimeMs: number }): StageResult<ToldAlert> {
  const decoded = decode(value, 'BreathAlert');
  if (decoded.kind !== 'ok') return decoded;
  const alert = decoded.value.value;
  const fault =
    faultOfTime('startedAt', alert.startedAt) ??
    faultOfTime('at', alert.at) ??
    faultOfRange('sequence', alert.sequence, 0, MOST) ??
    faultOfRange('spanSeconds', alert.spanSeconds, 0, LONGEST_SPAN_SECONDS) ??
    faultOfNumbers(alert, 'value', 'ratePerMinute', 'lowerPerMinute', 'upperPerMinute', 'baselinePerMinute') ??
    faultOfNumbers(alert, 'coverage', 'receivedShare');
  return fault === undefined ? ok({ alert, isLate: isLateAlert(alert, appendTimeMs) }) : reject('INVALID_FIELD', fault);
}

const faultOfTime = (field: string, epochMs: number) => faultOfRange(field, epochMs, 0, LATEST_MS);

function faultOfRange(field: string, value: number, least: number, most: number): string | undefined {
  return value >= least && value <= most ? undefined : `${field} is ${value}, outside ${least} to ${most}`;
}

function faultOfFinite<Value extends object>(value: Value, ...fields: (keyof Value & string)[]): string | undefined {
  const odd = fields.find((field) => !Number.isFinite(value[field]));
  return odd === undefined ? undefined : `${odd} is ${String(value[odd])}, not a finite number`;
}

/** The same where null says that there is none. */
function faultOfNumbers<Value extends object>(value: Value, ...fields: (keyof Value & string)[]): string | undefined {
  return faultOfFinite(value, ...fields.filter((field) => value[field] !== null));
}
