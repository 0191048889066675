import { type InferenceEngine, type ModelBundle, type Thresholds, toReading } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ, type BreathEstimate, timeOfSampleMs } from '#libs/contracts';
import { type FrameExtractor, type FrontEnd, createFrameExtractor, createFrontEnd } from '#libs/features';
import type { StreamWindow } from './partition-streams.js';

/** A bundle at work: what it hears with, what it computes with, and what it accepts. */
export interface EstimateModel {
  engine: InferenceEngine;
  /** The frames that windows must be made of. */
  extractor: FrameExtractor;
  frontEnd: FrontEnd;
  thresholds: Thresholds;
}

export function estimateModel({ manifest }: ModelBundle, engine: InferenceEngine): EstimateModel {
  const frontEnd = createFrontEnd(manifest.frontEnd);
  return {
    engine,
    extractor: createFrameExtractor(frontEnd.frameConfig),
    frontEnd,
    thresholds: manifest.thresholds,
  };
}

/** One estimate per window, in their order; the same window gives the same estimate in any company. */
export async function estimateWindows(
  windows: readonly StreamWindow[],
  model: EstimateModel,
): Promise<BreathEstimate[]> {
  const inputs = windows.map(({ window }) => model.frontEnd.apply(window.frames, window.frameCount));
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
