import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';

/** A window of 6 s on the default grid of 3 s, `index` windows after the session's start. */
export function estimateAt(index: number, changes: Partial<BreathEstimate> = {}, sessionStartedAt = 0): BreathEstimate {
  return {
    subjectId: 'anna',
    deviceId: 'device',
    sessionId: 'session',
    sessionStartedAt,
    windowStart: sessionStartedAt + index * 3_000,
    startSample: index * 3 * ANALYSIS_RATE_HZ,
    windowSamples: 6 * ANALYSIS_RATE_HZ,
    rrPerMinute: 15,
    rrStdDev: 1,
    breathCount: 1.5,
    pNone: 0,
    pNormal: 1,
    pHeavy: 0,
    pNoise: 0,
    quality: 'ok',
    restState: 'rest',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'UTC',
    modelVersion: 'm1',
    ...changes,
  };
}
