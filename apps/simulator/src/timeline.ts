import { setTimeout as sleep } from 'node:timers/promises';

/** What is due within this is sent together. */
const TICK_MS = 200;

/**
 * The clock of a simulation. At speed 1 it is the wall clock. Faster than real time it begins in the past, so that what
 * it sends ends about now, and never runs ahead of the wall clock: from then on it goes at speed 1.
 */
export class Timeline {
  private readonly wallStartMs: number;
  readonly startMs: number;

  /** @param pastSeconds how far back it begins */
  constructor(
    readonly speed: number,
    pastSeconds: number,
    private readonly wallClock: () => number = Date.now,
  ) {
    this.wallStartMs = wallClock();
    this.startMs = Math.round(this.wallStartMs - pastSeconds * 1000);
  }

  nowMs(): number {
    const wall = this.wallClock();
    return Math.min(wall, this.startMs + (wall - this.wallStartMs) * this.speed);
  }

  /** Waits until this time of the simulation, or a little longer; at once when it has passed. */
  async waitUntil(timeMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.nowMs() < timeMs) {
      const ahead = (timeMs - this.nowMs()) / Math.max(1, this.speed);
      await sleep(Math.min(Math.max(ahead, TICK_MS), 1_000), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** How far back something of this length begins, so that it ends about now when sent at this speed. */
export function pastSeconds(lengthSeconds: number, speed: number): number {
  return speed <= 1 ? 0 : lengthSeconds * (1 - 1 / speed);
}
