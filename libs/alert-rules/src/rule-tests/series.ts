import { ANALYSIS_RATE_HZ, type BreathEstimate, type Decoded } from '#libs/contracts';
import type { RuleTest, RuleTestPart } from './test-schema.js';

/** A record of the estimates topic. */
export type EstimateLogRecord = Decoded<'BreathEstimate' | 'Watermark'>;

const WINDOW_MS = 6_000;
const HOP_MS = 3_000;
const WATERMARK_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;
const MINUTES_OF_A_PAST_DAY = 10;

interface Timed {
  atMs: number;
  record: EstimateLogRecord;
}

/** The log that a test's days and series amount to: windows of 6 s every 3 s, watermarks every 5 s. */
export function logOf(test: RuleTest): EstimateLogRecord[] {
  const startMs = Date.parse(test.startsAt);
  const past = test.restingDays.flatMap((rate, index) => {
    const daysBack = test.restingDays.length - index;
    const day: Partial<RuleTestPart> = { for: MINUTES_OF_A_PAST_DAY * 60_000, rate };
    return partsOf([{ ...PLAIN, ...day }], startMs - daysBack * DAY_MS, `day-${daysBack}`, test);
  });
  return [...past, ...partsOf(test.series, startMs, 'session', test)].map(({ record }) => record);
}

const PLAIN: RuleTestPart = {
  for: 0,
  rate: 15,
  jitter: 0,
  quality: 'ok',
  noise: 0,
  restState: 'rest',
  stage: 'none',
  device: 'headphones',
  silent: false,
  away: false,
};

function partsOf(parts: readonly RuleTestPart[], startMs: number, sessionId: string, test: RuleTest): Timed[] {
  let fromMs = 0;
  const placed = parts.map((part) => {
    const place = { part, fromMs, toMs: fromMs + part.for };
    fromMs = place.toMs;
    return place;
  });
  const timed: Timed[] = [];
  for (let at = 0; at + WINDOW_MS <= fromMs; at += HOP_MS) {
    const touched = placed.filter((place) => place.fromMs < at + WINDOW_MS && place.toMs > at);
    if (touched.some(({ part }) => part.silent)) continue;
    const main = touched.findLast((place) => place.fromMs <= at + WINDOW_MS / 2) as (typeof placed)[number];
    const value = estimateOf(main.part, (at - main.fromMs) / main.part.for, at, startMs, sessionId, test);
    if (touched.some(({ part }) => part.restState !== main.part.restState)) value.restState = 'unknown';
    if (touched.some(({ part }) => part.stage !== main.part.stage)) value.stage = 'none';
    timed.push({ atMs: at + WINDOW_MS, record: { record: 'BreathEstimate', value } });
  }
  for (let at = WATERMARK_EVERY_MS; at <= fromMs; at += WATERMARK_EVERY_MS) {
    if (placed.some(({ part, ...place }) => part.away && at > place.fromMs && at <= place.toMs)) continue;
    timed.push({
      atMs: at,
      record: { record: 'Watermark', value: { processedThrough: startMs + at, caughtUp: true } },
    });
  }
  return timed.sort((a, b) => a.atMs - b.atMs); // stable: a watermark comes after the windows that it covers
}

function estimateOf(
  part: RuleTestPart,
  progress: number,
  atMs: number,
  startMs: number,
  sessionId: string,
  { subject, timeZone }: RuleTest,
): BreathEstimate {
  const [from, to] = typeof part.rate === 'number' ? [part.rate, part.rate] : part.rate;
  const isOdd = (atMs / HOP_MS) % 2 === 1;
  const rate = from + (to - from) * Math.min(1, Math.max(0, progress)) + (isOdd ? part.jitter : -part.jitter);
  const rrPerMinute = Math.max(0, Math.round(rate * 10) / 10);
  const isHeard = part.quality !== 'not_heard';
  return {
    subjectId: subject,
    deviceId: part.device,
    sessionId,
    sessionStartedAt: startMs,
    windowStart: startMs + atMs,
    startSample: (atMs * ANALYSIS_RATE_HZ) / 1000,
    windowSamples: (WINDOW_MS * ANALYSIS_RATE_HZ) / 1000,
    rrPerMinute,
    rrStdDev: 1,
    breathCount: (rrPerMinute * WINDOW_MS) / 60_000,
    pNone: isHeard ? 0 : 1,
    pNormal: isHeard && rrPerMinute <= 30 ? 1 : 0,
    pHeavy: isHeard && rrPerMinute > 30 ? 1 : 0,
    pNoise: part.noise,
    quality: part.quality,
    restState: part.restState,
    stage: part.stage,
    environment: 'unknown',
    timeZone,
    modelVersion: 'test',
  };
}
