import { type BreathEstimate, type BreathTruth, type StageResult, decode, drop, ok, reject } from '#libs/contracts';

interface Carrier {
  value: Buffer | null;
}

/** What a column of the store can hold; beyond it a row could not be written, and would be tried for ever. */
const LATEST_MS = Date.UTC(2100, 0);
const LONGEST_WINDOW_SAMPLES = 60 * 16_000;
const HIGHEST_RATE = 1_000;

/** A record of the estimates topic; watermarks and changes of rules are not for the recorder. */
export function readEstimate({ value }: Carrier): StageResult<BreathEstimate> {
  const decoded = decode(value, 'BreathEstimate', 'Watermark', 'RuleSetChange');
  if (decoded.kind !== 'ok') return decoded;
  if (decoded.value.record === 'Watermark') return drop('watermark');
  if (decoded.value.record === 'RuleSetChange') return drop('rule-set-change');
  const estimate = decoded.value.value;
  const fault =
    faultOfTime('sessionStartedAt', estimate.sessionStartedAt) ??
    faultOfTime('windowStart', estimate.windowStart) ??
    faultOfRange('windowSamples', estimate.windowSamples, 1, LONGEST_WINDOW_SAMPLES) ??
    faultOfRange('startSample', estimate.startSample, 0, Number.MAX_SAFE_INTEGER) ??
    faultOfRange('rrPerMinute', estimate.rrPerMinute, 0, HIGHEST_RATE) ??
    faultOfFinite(estimate, 'rrStdDev', 'breathCount', 'pNone', 'pNormal', 'pHeavy', 'pNoise');
  return fault === undefined ? ok(estimate) : reject('INVALID_FIELD', fault);
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

const faultOfTime = (field: string, epochMs: number) => faultOfRange(field, epochMs, 0, LATEST_MS);

function faultOfRange(field: string, value: number, least: number, most: number): string | undefined {
  return value >= least && value <= most ? undefined : `${field} is ${value}, outside ${least} to ${most}`;
}

function faultOfFinite<Value extends object>(value: Value, ...fields: (keyof Value & string)[]): string | undefined {
  const odd = fields.find((field) => !Number.isFinite(value[field]));
  return odd === undefined ? undefined : `${odd} is ${String(value[odd])}, not a finite number`;
}
