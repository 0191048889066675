/**
 * Dynamic weight averaging (Liu et al. 2019): lambda_k = K exp(r_k / T) / sum_i exp(r_i / T) with
 * r_k = L_k(t - 1) / L_k(t - 2), so that a loss that falls slowly weighs more. All 1 in the first two epochs.
 * @param history mean losses of the epochs so far, oldest first
 */
export function dynamicWeights(history: readonly (readonly number[])[], losses: number, temperature: number): number[] {
  const [before, last] = history.slice(-2);
  if (before === undefined || last === undefined) return new Array<number>(losses).fill(1);
  const powers = last.map((loss, k) => loss / Math.max(before[k] as number, Number.EPSILON) / temperature);
  const highest = Math.max(...powers); // does not change the quotient, and keeps exp finite
  const exponentials = powers.map((power) => Math.exp(power - highest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => (losses * value) / sum);
}

/**
 * Factor on alpha of the focal loss: 1, or, balance-oriented with linear scheduling (Gil et al. 2020), epoch / epochs.
 * @param epoch from 1
 */
export function focalScale(focal: 'plain' | 'balance-oriented', epoch: number, epochs: number): number {
  return focal === 'plain' ? 1 : epoch / epochs;
}

/** Weights proportional to 1 / frequency whose mean over the labels is 1; a class without labels counts as one. */
export function inverseFrequencies(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts.map((count) => labels.length / (classes * Math.max(1, count)));
}
