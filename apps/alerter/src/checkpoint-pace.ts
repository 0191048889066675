/** Spreads checkpoints evenly over time, so that everybody's is written anew in each interval and never all at once. */
export class CheckpointPace {
  private credit = 0;
  private lastMs: number | undefined;

  constructor(private readonly intervalMs: number) {}

  /** How many of so many people are due at this time. */
  due(people: number, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - (this.lastMs ?? nowMs));
    this.lastMs = nowMs;
    this.credit = Math.min(people, this.credit + (people * elapsedMs) / this.intervalMs);
    const due = Math.floor(this.credit);
    this.credit -= due;
    return due;
  }
}
