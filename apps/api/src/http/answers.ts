import { EstimateQualitySymbols, RestStateSymbols, TrialStageSymbols } from '#libs/contracts';
import { z } from 'zod';

/** What the api answers. Types are inferred from these, and the OpenAPI document is made from them. */

const investigational = z.literal(true).describe('No medical device');
const time = z.iso.datetime();
const rate = z.number().describe('Breaths per minute');
const share = z.number().min(0).max(1);

export const Subject = z.object({
  subjectId: z.string(),
  firstWindowStart: time,
  lastWindowStart: time,
  windows: z.number().int(),
  streams: z.number().int().describe('Distinct sessions of devices'),
  latestRate: rate.nullable().describe('The last accepted rate, breaths per minute; null where none was accepted'),
  latestRateAt: time.nullable().describe('Start of its window'),
});

export const Subjects = z.object({
  investigational,
  subjects: z.array(Subject),
  next: z.string().nullable().describe('Pass as `after` for the next page; null on the last one'),
});

export const Estimate = z.object({
  subjectId: z.string(),
  deviceId: z.string(),
  sessionId: z.string(),
  windowStart: time,
  startSample: z.number().int().describe('First sample of the window on the 16 kHz grid of the session'),
  windowSeconds: z.number(),
  rrPerMinute: rate,
  rrStdDev: rate.describe('Standard deviation of the rate'),
  breathCount: z.number().describe('Respiration count in the window'),
  pNone: share.describe('Probability of no breathing'),
  pNormal: share,
  pHeavy: share,
  pNoise: share.describe('Probability of noise'),
  quality: z.enum(EstimateQualitySymbols).describe('ok: the rate is accepted'),
  restState: z.enum(RestStateSymbols).describe('unknown is never rest'),
  stage: z.enum(TrialStageSymbols),
  modelVersion: z.string(),
});

export const Estimates = z.object({
  investigational,
  subjectId: z.string(),
  from: time,
  to: time,
  estimates: z.array(Estimate).describe('In order of their window starts'),
  next: z.string().nullable().describe('Pass as `cursor` for the next page; null on the last one'),
});

const trendFields = {
  windows: z.number().int(),
  accepted: z.number().int().describe('Windows whose rate is accepted'),
  rrPerMinute: rate.nullable().describe('Median of the accepted rates; null where there is none'),
  coverage: share.describe('Share of the span that accepted windows cover, overlaps counted once'),
  receivedShare: share.describe('Share of the span that any windows cover'),
  acceptedShare: share.describe('accepted / windows'),
};

export const MinuteTrend = z.object({
  investigational,
  subjectId: z.string(),
  from: time,
  to: time,
  minutes: z.array(z.object({ minute: time, ...trendFields })).describe('Only minutes in which a window began'),
});

export const DayTrend = z.object({
  investigational,
  subjectId: z.string(),
  from: time,
  to: time,
  timeZone: z.string(),
  days: z.array(z.object({ day: z.iso.date(), ...trendFields })).describe('Local days in which a window began'),
});

export const Status = z.object({
  investigational,
  streams: z.number().int().describe('Streams with an estimate in the last 15 s'),
  windowsPerSecond: z.number(),
  lagSeconds: z.number().nullable().describe('How far the estimator is behind the audio; null while it says nothing'),
  windowEndToEstimateSeconds: z.object({ median: z.number(), p95: z.number() }).nullable(),
  estimates: z.number().int().nullable().describe('Windows in the store; null while it does not answer'),
  simulatedTruth: z
    .object({ windows: z.number().int(), medianAbsoluteError: rate, within5Share: share })
    .nullable()
    .describe('Accepted windows of the last 15 minutes against the truth of simulated people; null without any'),
  store: z.enum(['ok', 'unavailable']),
});

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe('Stable; never renamed'),
  detail: z.string(),
  faults: z.array(z.object({ parameter: z.string(), message: z.string() })).optional(),
  investigational,
});
