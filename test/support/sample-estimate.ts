import type { BreathEstimate } from '#libs/contracts';

/** One window of a session that began at `sessionStartedAt`, on the default grid of 6 s every 3 s. */
export function sampleEstimate(
  subjectId: string,
  window: number,
  sessionStartedAt: number,
  changes: Partial<BreathEstimate> = {},
): BreathEstimate {
  return {
    subjectId,
    deviceId: 'device',
    sessionId: 'session',
    sessionStartedAt,
    windowStart: sessionStartedAt + window * 3_000,
    startSample: window * 48_000,
    windowSamples: 96_000,
    rrPerMinute: 15.5,
    rrStdDev: 1.5,
    breathCount: 1.55,
    pNone: 0,
    pNormal: 1,
    pHeavy: 0,
    pNoise: 0,
    quality: 'ok',
    restState: 'rest',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'UTC',
    modelVersion: 'test',
    ...changes,
  };
}
