import { type InferenceEngine, type Thresholds, toReading } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ, type BreathEstimate, timeOfSampleMs } from '#libs/contracts';
import { type FrontEndConfig, applyFrontEnd } from '#libs/features';
import type { StreamWindow } from './partition-streams.js';

export interface EstimateModel {
  engine: InferenceEngine;
  frontEnd: FrontEndConfig;
  thresholds: Thresholds;
}

/** One estimate per window, in their order; the same window gives the same estimate in any company. */
export async function estimateWindows(
  windows: readonly StreamWindow[],
  model: EstimateModel,
): Promise<BreathEstimate[]> {
  const inputs = windows.map(({ window }) => applyFrontEnd(window.melEnergies, window.frames, model.frontEnd));
  const predictions = await model.engine.run(inputs);
  return windows.map(({ stream, window }, index) => {
    const prediction = predictions[index];
    if (prediction === undefined) throw new Error('the engine gave fewer predictions than windows');
    const { subjectId, deviceId, sessionId, sessionStartedAt, timeZone } = stream;
    const { startSample, windowSamples, restState, stage, environment } = window;
    return {
      subjectId,
      deviceId,
      sessionId,
      sessionStartedAt,
      windowStart: timeOfSampleMs(sessionStartedAt, startSample),
      startSample,
      windowSamples,
      ...toReading(prediction, windowSamples / ANALYSIS_RATE_HZ, model.thresholds),
      restState,
      stage,
      environment,
      timeZone,
      modelVersion: model.engine.modelVersion,
    };
  });
}
