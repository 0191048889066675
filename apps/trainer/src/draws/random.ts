/** Uniform numbers in [0, 1), always the same for the same seed. */
export type Random = () => number;

/** sfc32 (Doty-Humphrey's small fast counter), seeded from any numbers: one stream per (seed, purpose, index). */
export function seededRandom(...seed: number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (const number of seed) {
    a ^= number | 0;
    b ^= Math.floor(number / 2 ** 32) | 0;
    for (let i = 0; i < 16; i++) next();
  }
  return () => next() / 2 ** 32;
}

export const uniform = (random: Random, low: number, high: number): number => low + (high - low) * random();

export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

/** Normal numbers by Box and Muller. */
export function normal(random: Random, deviation: number): number {
  return deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

/** An index drawn in proportion to the weights, given as their running sums. */
export function weightedIndex(random: Random, runningSums: readonly number[]): number {
  const target = random() * (runningSums.at(-1) as number);
  const index = runningSums.findIndex((sum) => target < sum);
  return index < 0 ? runningSums.length - 1 : index;
}
