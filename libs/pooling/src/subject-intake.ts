import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';

/** What lies further behind the person's newest window is stored, but decides nothing any more. */
export const LATENESS_MS = 10 * 60_000;

export type Intake = 'fresh' | 'duplicate' | 'late';

interface StreamMark {
  deviceId: string;
  sessionId: string;
  lastStartSample: number;
  lastEndMs: number;
}

export interface SubjectIntakeSnapshot {
  clockMs: number;
  anchor: { watermarkMs: number; clockMs: number } | null;
  modelVersion: string;
  streams: StreamMark[];
}

/**
 * Decides which estimates of one person count, and what time it is for them. Time is the person's own event time: it
 * moves to the end of each fresh window, and in silence as fast as the watermarks do, from the first watermark after
 * the last window on. So a backlog that is sent late is judged as if it had come in time, and nobody falls silent
 * because the estimator was away.
 */
export class SubjectIntake {
  private clock = -Infinity;
  private anchor: { watermarkMs: number; clockMs: number } | undefined;
  private version = '';
  /** The stream that spoke last comes first. */
  private streams: StreamMark[] = [];

  /** Epoch milliseconds. */
  get clockMs(): number {
    return this.clock;
  }

  get modelVersion(): string {
    return this.version;
  }

  /**
   * A stream's windows come in the order of their starts, so a repeat is one that does not go beyond the newest. What
   * is not fresh leaves no trace.
   */
  accept(estimate: BreathEstimate): Intake {
    const { deviceId, sessionId, startSample, windowStart, windowSamples } = estimate;
    const endMs = windowStart + Math.round((windowSamples * 1000) / ANALYSIS_RATE_HZ);
    if (endMs <= this.clock - LATENESS_MS) return 'late';
    const mark = this.markOf(deviceId, sessionId);
    if (mark !== undefined && startSample <= mark.lastStartSample) return 'duplicate';
    if (mark === undefined) {
      this.streams = this.streams.filter(({ lastEndMs }) => lastEndMs > this.clock - LATENESS_MS);
      this.streams.unshift({ deviceId, sessionId, lastStartSample: startSample, lastEndMs: endMs });
    } else {
      mark.lastStartSample = startSample;
      mark.lastEndMs = endMs;
    }
    if (endMs > this.clock) this.clock = endMs;
    this.anchor = undefined;
    this.version = estimate.modelVersion;
    return 'fresh';
  }

  /**
   * Moves the clock in silence.
   * @returns how long nothing came, in milliseconds of log time
   */
  advanceTo(watermarkMs: number): number {
    this.anchor ??= { watermarkMs, clockMs: this.clock };
    const silenceMs = watermarkMs - this.anchor.watermarkMs;
    if (this.anchor.clockMs + silenceMs > this.clock) this.clock = this.anchor.clockMs + silenceMs;
    return silenceMs;
  }

  snapshot(): SubjectIntakeSnapshot {
    return {
      clockMs: this.clock,
      anchor: this.anchor ? { ...this.anchor } : null,
      modelVersion: this.version,
      streams: this.streams.map((mark) => ({ ...mark })),
    };
  }

  static restore({ clockMs, anchor, modelVersion, streams }: SubjectIntakeSnapshot): SubjectIntake {
    const intake = new SubjectIntake();
    intake.clock = clockMs;
    intake.anchor = anchor ? { ...anchor } : undefined;
    intake.version = modelVersion;
    intake.streams = streams.map((mark) => ({ ...mark }));
    return intake;
  }

  private markOf(deviceId: string, sessionId: string): StreamMark | undefined {
    const { streams } = this;
    for (let index = 0; index < streams.length; index++) {
      const mark = streams[index] as StreamMark;
      if (mark.sessionId !== sessionId || mark.deviceId !== deviceId) continue;
      if (index > 0) {
        streams.splice(index, 1);
        streams.unshift(mark);
      }
      return mark;
    }
    return undefined;
  }
}
