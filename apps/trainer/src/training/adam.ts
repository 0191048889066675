const EPSILON = 1e-8;

interface AdamSettings {
  /** The paper's "momentum". */
  beta1: number;
  beta2: number;
}

/**
 * Adam (Kingma and Ba 2015) on arrays of weights, which it changes in place. Plain arithmetic on some ten thousand
 * numbers: it costs a millisecond and depends on no backend.
 */
export class Adam {
  /** Running means of the gradients and of their squares. */
  readonly moments: { first: Float64Array[]; second: Float64Array[] };
  /** Steps taken. */
  steps = 0;

  constructor(
    private readonly weights: readonly Float32Array[],
    private readonly settings: AdamSettings,
  ) {
    const zeros = () => weights.map(({ length }) => new Float64Array(length));
    this.moments = { first: zeros(), second: zeros() };
  }

  /** Goes on where another left off. */
  resume(steps: number, { first, second }: Adam['moments']): void {
    this.steps = steps;
    this.moments.first.forEach((values, at) => values.set(first[at] as Float64Array));
    this.moments.second.forEach((values, at) => values.set(second[at] as Float64Array));
  }

  /** @param gradients one per array of weights */
  apply(gradients: readonly Float32Array[], learningRate: number): void {
    const { beta1, beta2 } = this.settings;
    this.steps += 1;
    const correction1 = 1 - beta1 ** this.steps;
    const correction2 = 1 - beta2 ** this.steps;
    this.weights.forEach((values, at) => {
      const gradient = gradients[at] as Float32Array;
      const [first, second] = [this.moments.first[at] as Float64Array, this.moments.second[at] as Float64Array];
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i] as number;
        const m = (first[i] = beta1 * (first[i] as number) + (1 - beta1) * slope);
        const v = (second[i] = beta2 * (second[i] as number) + (1 - beta2) * slope * slope);
        values[i] = (values[i] as number) - (learningRate * m) / correction1 / (Math.sqrt(v / correction2) + EPSILON);
      }
    });
  }
}
