/** Seeded random numbers, the same on every machine: no Math.random anywhere in a simulation. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = mix(seed);
  }

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    return mix(this.state) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)] as T;
  }

  /** Standard normal (Box-Muller), cut at three standard deviations: no simulated person does the impossible. */
  normal(): number {
    const value = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.max(-3, Math.min(3, value));
  }
}

/** A seed of its own for each part of a simulation, so that changing one part does not disturb the others. */
export function seedOf(...parts: number[]): number {
  return parts.reduce((seed, part) => mix(Math.imul(seed, 31) + Math.trunc(part)), 0x9e3779b9);
}

/** Uniform in [0, 1) for the n-th of something, without the ones before it. */
export const randomAt = (seed: number, n: number): number => seedOf(seed, n) / 2 ** 32;

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 15), x | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return (x ^ (x >>> 14)) >>> 0;
}
