/** Mean and (biased) standard deviation of each feature over the training frames. */
export interface Statistics {
  /** [width]. */
  means: Float64Array;
  /** [width]. */
  deviations: Float64Array;
}

interface FeatureRows {
  /** [frames, width] row by row. */
  features: Float32Array;
}

/** A feature that never changes has the deviation 1, and so stays 0. */
export function statisticsOf(examples: readonly FeatureRows[], width: number): Statistics {
  let frames = 0;
  const means = new Float64Array(width);
  for (const { features } of examples) {
    frames += features.length / width;
    for (let i = 0; i < features.length; i++) means[i % width] = (means[i % width] as number) + (features[i] as number);
  }
  for (let k = 0; k < width; k++) means[k] = (means[k] as number) / frames;
  const deviations = new Float64Array(width);
  for (const { features } of examples) {
    for (let i = 0; i < features.length; i++) {
      const k = i % width;
      deviations[k] = (deviations[k] as number) + ((features[i] as number) - (means[k] as number)) ** 2;
    }
  }
  for (let k = 0; k < width; k++) deviations[k] = Math.sqrt((deviations[k] as number) / frames) || 1;
  return { means, deviations };
}

/** (x - mean) / deviation, in place. */
export function standardise(features: Float32Array, { means, deviations }: Statistics): void {
  const width = means.length;
  for (let i = 0; i < features.length; i++) {
    const k = i % width;
    features[i] = ((features[i] as number) - (means[k] as number)) / (deviations[k] as number);
  }
}
