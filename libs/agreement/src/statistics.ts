export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Biased (population) variance: the mean squared distance from the mean. */
export function variance(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - centre) ** 2;
  return sum / values.length;
}

/** The p-quantile (0 to 1), linear between the two nearest values (Hyndman and Fan's type 7). NaN of nothing. */
export function quantile(values: ArrayLike<number>, p: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return NaN;
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (place - below) * (high - low);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** @throws RangeError when the two are not equally long */
export function assertPaired(estimates: { length: number }, references: { length: number }): void {
  if (estimates.length !== references.length) {
    throw new RangeError(`${estimates.length} estimates for ${references.length} references`);
  }
}
