import type { NetworkInput } from '#libs/features';

/** What the network says about one window, as it comes out. */
export interface Prediction {
  /** Respiratory rate, breaths per minute. */
  rrPerMinute: number;
  /** Its standard deviation, breaths per minute. */
  rrStdDev: number;
  /** Probabilities of the breath class; they add up to 1. */
  pNone: number;
  pNormal: number;
  pHeavy: number;
  pNoise: number;
}

/** Runs the network of one bundle. The same window gives the same bits in any batch. */
export interface InferenceEngine {
  readonly modelVersion: string;
  /** One prediction per window, in their order; windows of several lengths may be mixed. */
  run(windows: readonly NetworkInput[]): Promise<Prediction[]>;
  close(): Promise<void>;
}
