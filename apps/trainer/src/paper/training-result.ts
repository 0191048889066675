/** The classes of the breath head, in the order of its logits. */
export const BREATH_CLASSES = ['none', 'normal', 'heavy'] as const;
export type BreathClass = (typeof BREATH_CLASSES)[number];

/** What a trained network says about a segment, beside the segment's labels. */
export interface SegmentPrediction {
  segmentId: string;
  subjectId: string;
  /** The label, per minute. */
  rrPerMinute: number;
  predictedRrPerMinute: number;
  /** The label, RC. */
  breaths: number;
  predictedBreaths: number;
  breathClass: BreathClass;
  predictedClass: BreathClass;
  noisy: boolean;
  predictedNoisy: boolean;
}

export interface EpochRecord {
  epoch: number;
  /** Mean of the mixed loss over the epoch's batches. */
  trainingLoss: number;
  /** Means of the single losses, by name. */
  losses: Record<string, number>;
  /** CCC of RR on the validation people: what picks the best epoch. */
  validationCcc: number;
}

/** One finished training of one of the paper's recipes: everything that the tables and figures are made of. */
export interface TrainingResult {
  recipe: string;
  seed: number;
  parameters: number;
  seconds: number;
  bestEpoch: number;
  epochs: EpochRecord[];
  /** Of the training labels: MSE is reported in squares of this deviation (METHOD, "Labels"). */
  rates: { mean: number; deviation: number };
  validation: SegmentPrediction[];
  evaluation: SegmentPrediction[];
}
