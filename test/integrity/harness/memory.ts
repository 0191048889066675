import type { ServiceName, Stack } from '../../support/stack.js';

const LOOK_EVERY_MS = 500;

/** The most memory that any process of each service has held, in MiB. The system keeps a process's peak, so a late look sees it. */
export class PeakMemory {
  readonly mebibytes: Partial<Record<ServiceName, number>> = {};
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly stack: Stack,
    private readonly names: readonly ServiceName[],
  ) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    this.look();
    clearInterval(this.timer);
  }

  private look(): void {
    for (const name of this.names) {
      const peak = this.stack.peakRssMebibytes(name);
      if (peak !== undefined) this.mebibytes[name] = Math.max(peak, this.mebibytes[name] ?? 0);
    }
  }
}
