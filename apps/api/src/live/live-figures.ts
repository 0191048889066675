import { ANALYSIS_RATE_HZ, type BreathEstimate, type Watermark } from '#libs/contracts';

const RATE_OVER_MS = 15_000;
const WATERMARK_LIVES_MS = 20_000;

interface Seen {
  atMs: number;
  stream: string;
  /** From the window's end to the estimate's LogAppendTime. */
  delaySeconds: number;
}

export interface Figures {
  /** Streams with an estimate in the last 15 s. */
  streams: number;
  windowsPerSecond: number;
  /** How far the estimator is behind the audio; null while it says nothing. */
  lagSeconds: number | null;
  windowEndToEstimateSeconds: { median: number; p95: number } | null;
}

/**
 * Figures of the running system from what passes on the estimates topic.
 * They are for people who watch, so they use this process's clock; nothing is decided by them.
 */
export class LiveFigures {
  private readonly seen: Seen[] = [];
  private readonly watermarks = new Map<number, { atMs: number; lagSeconds: number }>();
  private readonly startedAtMs: number;

  constructor(private readonly now: () => number = Date.now) {
    this.startedAtMs = now();
  }

  addEstimate(estimate: BreathEstimate, appendedAtMs: number): void {
    const endMs = estimate.windowStart + (estimate.windowSamples * 1000) / ANALYSIS_RATE_HZ;
    this.seen.push({
      atMs: this.now(),
      stream: JSON.stringify([estimate.subjectId, estimate.deviceId, estimate.sessionId]),
      delaySeconds: (appendedAtMs - endMs) / 1000,
    });
    this.forget();
  }

  addWatermark(partition: number, watermark: Watermark, appendedAtMs: number): void {
    const behindMs = watermark.caughtUp ? 0 : Math.max(0, appendedAtMs - watermark.processedThrough);
    this.watermarks.set(partition, { atMs: this.now(), lagSeconds: behindMs / 1000 });
  }

  figures(): Figures {
    this.forget();
    const spanSeconds = Math.min(RATE_OVER_MS, Math.max(1_000, this.now() - this.startedAtMs)) / 1000;
    const delays = this.seen.map(({ delaySeconds }) => delaySeconds).sort((a, b) => a - b);
    const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(share * delays.length))] ?? 0;
    const lags = [...this.watermarks.values()].filter(({ atMs }) => atMs > this.now() - WATERMARK_LIVES_MS);
    return {
      streams: new Set(this.seen.map(({ stream }) => stream)).size,
      windowsPerSecond: round(this.seen.length / spanSeconds),
      lagSeconds: lags.length === 0 ? null : round(Math.max(...lags.map(({ lagSeconds }) => lagSeconds))),
      windowEndToEstimateSeconds: delays.length === 0 ? null : { median: round(at(0.5)), p95: round(at(0.95)) },
    };
  }

  private forget(): void {
    const oldest = this.now() - RATE_OVER_MS;
    while (this.seen[0] && this.seen[0].atMs <= oldest) this.seen.shift();
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
