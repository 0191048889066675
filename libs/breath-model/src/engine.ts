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

/** Runs the network of one bundle. With ONNX Runtime, the same window gives the same bits in any batch. */
export interface InferenceEngine {
  readonly modelVersion: string;
  /** One prediction per window, in their order; windows of several lengths may be mixed. */
  run(windows: readonly NetworkInput[]): Promise<Prediction[]>;
  close(): Promise<void>;
}

/** What is heard in each of the network's frames, which lie evenly over the window. */
export interface FramePhases {
  frames: number;
  /** [frames, 4] row by row: probabilities of none, inhalation, exhalation, and breath of unknown phase. */
  probabilities: Float32Array;
}

/** What is behind a prediction. */
export interface Explanation {
  prediction: Prediction;
  /** Undefined when the bundle's network has no output `phases`. */
  phases: FramePhases | undefined;
}

/** An engine that also says why. Services never ask, and so never pay for it. */
export interface ExplainingEngine extends InferenceEngine {
  explain(windows: readonly NetworkInput[]): Promise<Explanation[]>;
}
