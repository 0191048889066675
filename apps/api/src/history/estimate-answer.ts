import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';
import type { StoredEstimate } from '#libs/store';
import type { z } from 'zod';
import type { Estimate } from '../http/answers.js';

/** A stored window in the form in which the api answers. */
export function estimateAnswer(estimate: StoredEstimate): z.infer<typeof Estimate> {
  return {
    subjectId: estimate.subjectId,
    deviceId: estimate.deviceId,
    sessionId: estimate.sessionId,
    windowStart: new Date(estimate.windowStart).toISOString(),
    startSample: estimate.startSample,
    windowSeconds: estimate.windowSeconds,
    rrPerMinute: decimals(estimate.rrPerMinute, 1),
    rrStdDev: decimals(estimate.rrStdDev, 1),
    breathCount: decimals(estimate.breathCount, 2),
    pNone: decimals(estimate.pNone, 3),
    pNormal: decimals(estimate.pNormal, 3),
    pHeavy: decimals(estimate.pHeavy, 3),
    pNoise: decimals(estimate.pNoise, 3),
    quality: estimate.quality,
    restState: estimate.restState,
    stage: estimate.stage,
    modelVersion: estimate.modelVersion,
  };
}

/** The same of a record of the log. */
export function liveEstimateAnswer(estimate: BreathEstimate): z.infer<typeof Estimate> {
  return estimateAnswer({ ...estimate, windowSeconds: estimate.windowSamples / ANALYSIS_RATE_HZ });
}

/** Float32 as people write it: 15.3, not 15.300000190734863. */
export function decimals(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
