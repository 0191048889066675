import type { RestState, TrialStage } from '#libs/contracts';
import { medianOf } from './median.js';

/** METHOD, "Clinical conventions": times in milliseconds from the end of exertion. */
const RECOVERY = {
  before: [-30_000, 0],
  after: [45_000, 75_000],
  /** At least this share of the first 90 s must be accepted. */
  judgedMs: 90_000,
  leastCoverage: 0.6,
} as const;

/** One window; its times are epoch milliseconds. */
export interface RecoveryWindow {
  startMs: number;
  endMs: number;
  /** Breaths per minute; null where the window was not accepted. */
  ratePerMinute: number | null;
  restState: RestState;
  stage: TrialStage;
}

/** What a recovery came to: the fall of the rate within a minute, or why nothing can be said. */
export interface Recovery {
  /** When exertion ended. */
  endedAtMs: number;
  /** Median over the last 30 s of exertion minus median over [45, 75] s after it, breaths per minute. */
  dRr60PerMinute: number | null;
  refused: 'too little accepted' | 'nothing heard before the end' | 'nothing heard after the end' | null;
}

export interface RecoveryTrackerSnapshot {
  exerting: boolean;
  endedAtMs: number | null;
  judging: boolean;
  recent: [startMs: number, endMs: number, ratePerMinute: number][];
  latest: Recovery | null;
}

/** Follows one person through exertion and after; keeps at most two minutes of windows. Call it recovery, not fitness. */
export class RecoveryTracker {
  private state: RecoveryTrackerSnapshot = {
    exerting: false,
    endedAtMs: null,
    judging: false,
    recent: [],
    latest: null,
  };

  /** When the last exertion ended; undefined before any, and during one. */
  get exertionEndedAtMs(): number | undefined {
    return this.state.exerting ? undefined : (this.state.endedAtMs ?? undefined);
  }

  get isExerting(): boolean {
    return this.state.exerting;
  }

  get latest(): Recovery | undefined {
    return this.state.latest ?? undefined;
  }

  add({ startMs, endMs, ratePerMinute, restState, stage }: RecoveryWindow): void {
    const { state } = this;
    const exerting = isExerting(stage, restState);
    if (exerting === true) Object.assign(state, { exerting: true, judging: false });
    else if (exerting === false && state.exerting) {
      // Windows that mix both are unknown, so the first one that is all recovery begins at most a hop after the change.
      Object.assign(state, { exerting: false, endedAtMs: startMs, judging: true });
    }
    if (ratePerMinute !== null) state.recent.push([startMs, endMs, ratePerMinute]);
    const oldest = endMs - RECOVERY.judgedMs - 60_000;
    for (let [first] = state.recent; first && first[1] < oldest; [first] = state.recent) state.recent.shift();
  }

  /** Judges a recovery once its first 90 s have passed. */
  advance(clockMs: number): void {
    const { endedAtMs, judging } = this.state;
    if (!judging || endedAtMs === null || clockMs < endedAtMs + RECOVERY.judgedMs) return;
    this.state.judging = false;
    this.state.latest = this.judge(endedAtMs);
  }

  snapshot(): RecoveryTrackerSnapshot {
    return structuredClone(this.state);
  }

  static restore(snapshot: RecoveryTrackerSnapshot): RecoveryTracker {
    const tracker = new RecoveryTracker();
    tracker.state = structuredClone(snapshot);
    return tracker;
  }

  private judge(endedAtMs: number): Recovery {
    const ratesIn = ([from, to]: readonly [number, number]) =>
      this.state.recent
        .filter(([start, end]) => (start + end) / 2 >= endedAtMs + from && (start + end) / 2 <= endedAtMs + to)
        .map(([, , rate]) => rate);
    const [before, after] = [ratesIn(RECOVERY.before), ratesIn(RECOVERY.after)];
    const refused =
      this.coverage(endedAtMs) < RECOVERY.leastCoverage
        ? 'too little accepted'
        : before.length === 0
          ? 'nothing heard before the end'
          : after.length === 0
            ? 'nothing heard after the end'
            : null;
    return { endedAtMs, refused, dRr60PerMinute: refused === null ? medianOf(before) - medianOf(after) : null };
  }

  private coverage(endedAtMs: number): number {
    const [from, to] = [endedAtMs, endedAtMs + RECOVERY.judgedMs];
    const ordered = [...this.state.recent].sort(([a], [b]) => a - b);
    let covered = 0;
    let through = from;
    for (const [start, end] of ordered) {
      covered += Math.max(0, Math.min(end, to) - Math.max(start, through));
      through = Math.max(through, Math.min(end, to));
    }
    return covered / RECOVERY.judgedMs;
  }
}

/** A trial's stage says more than the rest state; undefined where neither says anything. */
function isExerting(stage: TrialStage, restState: RestState): boolean | undefined {
  if (stage === 'during') return true;
  if (stage === 'after' || stage === 'cooldown') return false;
  if (restState === 'unknown') return undefined;
  return restState === 'active';
}
