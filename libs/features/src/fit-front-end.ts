import { type StandardisedConfig, type UnfittedFrontEnd, unstandardised } from './standardised.js';

/** The frames of one training window, as the front end's extractor gives them. */
export interface FrameWindow {
  /** [frameCount, width] row by row. */
  frames: Float32Array;
  frameCount: number;
}

/**
 * The front end with the mean and the (biased) standard deviation of each feature over every frame of the training
 * windows. A feature that never changes has the deviation 1, and so stays 0. Windows are read once, in their order.
 * @throws RangeError without any window
 */
export function fitFrontEnd(config: UnfittedFrontEnd, windows: Iterable<FrameWindow>): StandardisedConfig {
  const raw = unstandardised(config);
  const statistics = new RunningStatistics(raw.featureWidth);
  for (const { frames, frameCount } of windows) statistics.add(raw.apply(frames, frameCount).features);
  return { ...config, ...statistics.result() };
}

/** Means and squared deviations updated row by row (Welford 1962), which loses no digits to large means. */
class RunningStatistics {
  private count = 0;
  private readonly means: Float64Array;
  private readonly squares: Float64Array;

  constructor(private readonly width: number) {
    this.means = new Float64Array(width);
    this.squares = new Float64Array(width);
  }

  add(rows: Float32Array): void {
    const { means, squares, width } = this;
    for (let at = 0; at < rows.length;) {
      this.count += 1;
      for (let feature = 0; feature < width; feature++, at++) {
        const distance = (rows[at] as number) - (means[feature] as number);
        means[feature] = (means[feature] as number) + distance / this.count;
        squares[feature] =
          (squares[feature] as number) + distance * ((rows[at] as number) - (means[feature] as number));
      }
    }
  }

  result(): { means: number[]; deviations: number[] } {
    if (this.count === 0) throw new RangeError('statistics of no window do not exist');
    const deviations = Array.from(this.squares, (sum) => Math.sqrt(sum / this.count) || 1);
    return { means: [...this.means], deviations };
  }
}
