/** How features are centred and scaled: by one mean and deviation per feature, or by those of each segment. */
export type Standardisation =
  | {
      kind: 'global';
      /** [width], over the training frames. */
      means: Float64Array;
      /** [width]. */
      deviations: Float64Array;
    }
  | { kind: 'window'; width: number };

interface FeatureRows {
  /** [frames, width] row by row. */
  features: Float32Array;
}

/** Keeps a feature that never changes (silence at the logarithm's floor) finite. */
const SMALLEST_DEVIATION = 1e-3;

export function statisticsOf(
  examples: readonly FeatureRows[],
  width: number,
  kind: Standardisation['kind'],
): Standardisation {
  return kind === 'window' ? { kind, width } : { kind, ...momentsOf(examples, width) };
}

/** Mean and (biased) standard deviation of each feature over the frames of all examples. */
function momentsOf(examples: readonly FeatureRows[], width: number): { means: Float64Array; deviations: Float64Array } {
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
  for (let k = 0; k < width; k++) deviations[k] = Math.sqrt((deviations[k] as number) / frames);
  return { means, deviations };
}

/** (x - mean) / max(deviation, SMALLEST_DEVIATION), in place. */
export function standardise(features: Float32Array, standardisation: Standardisation): void {
  const { means, deviations } =
    standardisation.kind === 'global' ? standardisation : momentsOf([{ features }], standardisation.width);
  const width = means.length;
  for (let i = 0; i < features.length; i++) {
    const k = i % width;
    features[i] =
      ((features[i] as number) - (means[k] as number)) / Math.max(deviations[k] as number, SMALLEST_DEVIATION);
  }
}
