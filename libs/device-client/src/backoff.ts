export interface BackoffOptions {
  /** @default 500 */
  firstMs?: number;
  /** @default 30000 */
  longestMs?: number;
  /** From [0, 1). @default Math.random */
  random?: () => number;
}

/** Waits that double, each drawn from its upper half, so that a fleet that lost its gateway does not return as one. */
export class Backoff {
  private failures = 0;
  private readonly firstMs: number;
  private readonly longestMs: number;
  private readonly random: () => number;

  constructor(options: BackoffOptions = {}) {
    this.firstMs = options.firstMs ?? 500;
    this.longestMs = options.longestMs ?? 30_000;
    this.random = options.random ?? Math.random;
  }

  /** It worked. */
  reset(): void {
    this.failures = 0;
  }

  /** Milliseconds until the next try; `atLeastMs` later when the other side asked for that. */
  next(atLeastMs = 0): number {
    const wholeMs = Math.min(this.firstMs * 2 ** this.failures, this.longestMs);
    this.failures += 1;
    return Math.round(atLeastMs + wholeMs * (0.5 + 0.5 * this.random()));
  }
}
