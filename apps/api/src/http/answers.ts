import {
  AlertStateSymbols,
  EpisodeStateSymbols,
  EstimateQualitySymbols,
  RestStateSymbols,
  TrialStageSymbols,
} from '#libs/contracts';
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

export const Rate = z.object({
  spanStart: time,
  spanSeconds: z.number().int(),
  ratePerMinute: rate.nullable().describe('Median of the accepted windows of the span; null where there is none'),
  lowerPerMinute: rate.nullable().describe('Lower end of its 95 % interval'),
  upperPerMinute: rate.nullable().describe('Upper end of its 95 % interval'),
  coverage: share.describe('Share of the span that accepted windows cover'),
  receivedShare: share.describe('Share of the span that any windows cover'),
  acceptedWindows: z.number().int(),
  restState: z.enum(RestStateSymbols).describe('unknown where the span mixes states'),
  modelVersion: z.string(),
});

export const Rates = z.object({
  investigational,
  subjectId: z.string(),
  from: time,
  to: time,
  rates: z.array(Rate).describe('In order; only spans that have any window'),
});

export const Episode = z.object({
  episodeId: z.string(),
  state: z.enum(EpisodeStateSymbols),
  start: time,
  end: time.nullable().describe('null while it is open'),
  peakPerMinute: rate,
  meanPerMinute: rate,
  coverage: share,
  restState: z.enum(RestStateSymbols),
  modelVersion: z.string(),
});

export const Episodes = z.object({
  investigational,
  subjectId: z.string(),
  from: time,
  to: time,
  episodes: z.array(Episode).describe('Heavy breathing, of which some part lies in the range; the newest first'),
});

export const Alert = z.object({
  alertId: z.string(),
  sequence: z.number().int().describe('0 for the first record of the alert, then 1, 2, ...'),
  subjectId: z.string(),
  ruleId: z.string(),
  ruleVersion: z.string().describe('Hash of what the rule said when it was judged'),
  severity: z.string(),
  state: z.enum(AlertStateSymbols),
  reason: z.string().describe('Why it came to be in this state'),
  late: z.boolean().describe('Told more than 10 minutes after it happened: shown, never paged'),
  startedAt: time.describe('When the condition began to hold'),
  at: time.describe('When it came to be in this state, on the clock of the person'),
  signal: z.string(),
  condition: z.string(),
  value: z.number().nullable().describe('Of the signal; null where there was no data'),
  ratePerMinute: rate.nullable(),
  lowerPerMinute: rate.nullable(),
  upperPerMinute: rate.nullable(),
  baselinePerMinute: rate.nullable(),
  coverage: share,
  receivedShare: share,
  spanSeconds: z.number().int().describe('Length of the span behind `at` that the values describe'),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  groupKey: z.string(),
  modelVersion: z.string(),
});

export const Alerts = z.object({
  investigational,
  from: time,
  to: time,
  alerts: z.array(Alert).describe('As they are now; those that began last come first'),
  next: z.string().nullable().describe('Pass as `cursor` for the next page; null on the last one'),
});

export const AlertChanges = z.object({
  investigational,
  alertId: z.string(),
  changes: z.array(Alert).describe('Every record of the alert, in order'),
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
