import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '#libs/contracts';
import { type RetryPolicy, delayBeforeNextTry } from '#libs/delivery';
import type { Attempt } from './attempt.js';

/** How a delivery ended; abandoned ones are somebody else's to make, or were not needed. */
export type Outcome =
  { kind: 'delivered' } | { kind: 'failed'; code: ErrorCode; reason: string } | { kind: 'abandoned' };

export interface QueueOptions {
  mostWaiting: number;
  /** Requests at once. */
  concurrency: number;
  random?: () => number;
}

export interface Delivery {
  /** Deliveries of one lane are made in their order, each when the one before it ended. */
  lane: string;
  attempt: () => Promise<Attempt>;
  retry: RetryPolicy;
  /** Aborted when the partition was given away. */
  signal: AbortSignal;
}

const ABANDONED: Outcome = { kind: 'abandoned' };

/** What waits for one receiver. While it is away, or refuses one person's alerts, nobody else waits for it. */
export class ReceiverQueue {
  private readonly lanes = new Map<string, Promise<Outcome>>();
  private readonly underWay = new Set<Promise<Attempt>>();
  private isClosed = false;
  private readonly waitingForSlot: (() => void)[] = [];
  private running = 0;
  private held = 0;

  constructor(private readonly options: QueueOptions) {}

  /** Deliveries that have not ended. */
  get size(): number {
    return this.held;
  }

  isIdle(lane: string): boolean {
    return !this.lanes.has(lane);
  }

  async add(delivery: Delivery): Promise<Outcome> {
    const { mostWaiting } = this.options;
    if (this.held >= mostWaiting) {
      return { kind: 'failed', code: 'RECEIVER_OVERLOADED', reason: `${mostWaiting} alerts wait for it already` };
    }
    this.held += 1;
    const { lane } = delivery;
    const outcome = (this.lanes.get(lane) ?? Promise.resolve()).then(() => this.deliver(delivery));
    this.lanes.set(lane, outcome);
    try {
      return await outcome;
    } finally {
      this.held -= 1;
      if (this.lanes.get(lane) === outcome) this.lanes.delete(lane);
    }
  }

  /** Begins no further try, and resolves when those under way have ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled(this.underWay);
  }

  private async deliver({ attempt, retry, signal }: Delivery): Promise<Outcome> {
    for (let made = 1; ; made++) {
      const result = await this.inSlot(async () => (signal.aborted || this.isClosed ? undefined : this.begin(attempt)));
      if (result === undefined) return ABANDONED;
      if (result.kind === 'delivered') return result;
      if (result.kind === 'refused') return { ...result, kind: 'failed' };
      const delayMs = delayBeforeNextTry(retry, made, (this.options.random ?? Math.random)(), result.askedMs);
      if (delayMs === undefined) {
        return { kind: 'failed', code: 'DELIVERY_FAILED', reason: `${result.reason}, after ${made} tries` };
      }
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private begin(attempt: () => Promise<Attempt>): Promise<Attempt> {
    const result = attempt();
    this.underWay.add(result);
    return result.finally(() => this.underWay.delete(result));
  }

  private async inSlot<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.options.concurrency) {
      await new Promise<void>((resolve) => this.waitingForSlot.push(resolve));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waitingForSlot.shift(); // it takes over our slot
      if (next) next();
      else this.running -= 1;
    }
  }
}
