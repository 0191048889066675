import type { PartitionOptions } from './partition-streams.js';

/** The settings of `estimationSettings` in libs/platform. */
interface EstimationSettings {
  WINDOW_SECONDS: number;
  HOP_SECONDS: number;
  MINIMUM_WINDOW_SECONDS: number;
  CLOCK_AHEAD_SECONDS: number;
  CLOCK_BEHIND_SECONDS: number;
}

/** How windows are cut and chunks are judged, from what an operator set. */
export function optionsFrom(settings: EstimationSettings): Required<Pick<PartitionOptions, 'windowing' | 'limits'>> {
  return {
    windowing: {
      windowSeconds: settings.WINDOW_SECONDS,
      hopSeconds: settings.HOP_SECONDS,
      minimumSeconds: settings.MINIMUM_WINDOW_SECONDS,
    },
    limits: { aheadMs: settings.CLOCK_AHEAD_SECONDS * 1000, behindMs: settings.CLOCK_BEHIND_SECONDS * 1000 },
  };
}
