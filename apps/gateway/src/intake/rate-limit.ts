const BURST_SECONDS = 2;
/** Beyond so many devices those that sent nothing of late are forgotten. */
const SWEEP_AT = 10_000;

/**
 * Chunks a second of each device, with a burst (the generic cell rate algorithm: one number per device, the time at
 * which its budget is whole again).
 */
export class RateLimit {
  private readonly wholeAgainMs = new Map<string, number>();
  private sweepAt = SWEEP_AT;

  constructor(private readonly perSecond: number) {}

  /** Milliseconds until the device may send again; 0 when it may now. */
  waitMs(device: string, nowMs: number): number {
    return Math.max(0, (this.wholeAgainMs.get(device) ?? 0) - nowMs - BURST_SECONDS * 1000);
  }

  /** Counts so many chunks. @returns the milliseconds after which they conform */
  take(device: string, chunks: number, nowMs: number): number {
    const wholeAgain = Math.max(this.wholeAgainMs.get(device) ?? 0, nowMs) + (chunks * 1000) / this.perSecond;
    this.wholeAgainMs.set(device, wholeAgain);
    if (this.wholeAgainMs.size > this.sweepAt) this.sweep(nowMs);
    return this.waitMs(device, nowMs);
  }

  private sweep(nowMs: number): void {
    for (const [device, time] of this.wholeAgainMs) if (time <= nowMs) this.wholeAgainMs.delete(device);
    this.sweepAt = Math.max(SWEEP_AT, 2 * this.wholeAgainMs.size);
  }
}
