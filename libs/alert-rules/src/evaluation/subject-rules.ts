import type { BreathAlert, BreathEstimate } from '#libs/contracts';
import type { RecoveryTracker } from '#libs/fitness';
import { SlidingPool, type SlidingPoolSnapshot, type WindowSample } from '#libs/pooling';
import { isScheduled } from '../language/schedule.js';
import { isNeverAbsent } from '../language/signal.js';
import { alertRecord } from './alert-record.js';
import { type SignalSources, readSignal } from './read-signal.js';
import type { CompiledRule, RuleSet } from './rule-set.js';
import { type Change, type Reading, type RuleState, abandon, isRaised, newState, step } from './state-machine.js';

export interface SubjectRulesSnapshot {
  /** By the pool's key. */
  pools: Record<string, SlidingPoolSnapshot>;
  /** By the rule's id and version. */
  states: Record<string, RuleState>;
}

/** The person's side of an evaluation. */
export interface Instant {
  subjectId: string;
  modelVersion: string;
  timeZone: string;
  nowMs: number;
}

/** Pools and rule states of one person under one set of rules. */
export class SubjectRules {
  private readonly pools: (SlidingPool | undefined)[];
  private readonly fresh: boolean[];
  private readonly states: (RuleState | undefined)[];
  /** Places of the rules that concern this person. */
  private readonly concerned: number[];
  // What `emitChange` speaks of; fields, so that no closure is made per rule and window.
  private current:
    { compiled: CompiledRule; state: RuleState; value: number | undefined; instant: Instant } | undefined;

  constructor(
    subjectId: string,
    private readonly set: RuleSet,
    private readonly sources: SignalSources,
    private readonly emit: (alert: BreathAlert) => void,
    snapshot?: SubjectRulesSnapshot,
    clockMs = -Infinity,
  ) {
    this.concerned = [...set.rules.keys()].filter((at) => (set.rules[at] as CompiledRule).concerns(subjectId));
    const used = new Set(this.concerned.map((at) => set.rules[at]?.pool));
    this.pools = set.pools.map(({ key, spanMs }, at) => {
      if (!used.has(at)) return undefined;
      const known = snapshot?.pools[key];
      return known ? SlidingPool.restore(spanMs, clockMs, known) : new SlidingPool(spanMs);
    });
    this.fresh = this.pools.map(() => false);
    this.states = set.rules.map(({ key }, at) => {
      const known = this.concerned.includes(at) ? snapshot?.states[key] : undefined;
      return known ? { ...known } : undefined;
    });
  }

  /** A fresh window of the person; `instant.nowMs` is at or behind its end. */
  onWindow(sample: WindowSample, estimate: BreathEstimate, isNewVersion: boolean, instant: Instant): void {
    const { pools, fresh } = this;
    for (let at = 0; at < pools.length; at++) {
      const pool = pools[at];
      if (pool === undefined) continue;
      if (isNewVersion) pool.clear(); // versions never pool
      const accepts = this.set.pools[at]?.accepts(estimate) === true;
      fresh[at] = accepts;
      if (accepts) pool.add(sample);
      pool.advance(instant.nowMs);
    }
    this.evaluate(instant, true);
  }

  /** Time passed and nothing came. */
  onSilence(instant: Instant): void {
    if (!this.set.anyInSilence && !this.states.some(isWatched)) return;
    for (let at = 0; at < this.pools.length; at++) {
      this.fresh[at] = false;
      this.pools[at]?.advance(instant.nowMs);
    }
    this.evaluate(instant, false);
  }

  /** Ends what is raised by rules that `stays` does not name, before this set is given up. */
  abandon(stays: (key: string) => boolean, reason: string, instant: Instant): void {
    for (const at of this.concerned) {
      const [compiled, state] = [this.set.rules[at] as CompiledRule, this.states[at]];
      if (state === undefined || stays(compiled.key)) continue;
      this.current = { compiled, state, value: undefined, instant };
      abandon(state, instant.nowMs, reason, this.emitChange);
    }
  }

  snapshot(): SubjectRulesSnapshot {
    const pools: SubjectRulesSnapshot['pools'] = {};
    const states: SubjectRulesSnapshot['states'] = {};
    this.pools.forEach((pool, at) => {
      if (pool && pool.receivedWindows > 0) pools[this.set.pools[at]?.key as string] = pool.snapshot();
    });
    this.states.forEach((state, at) => {
      if (state) states[this.set.rules[at]?.key as string] = { ...state };
    });
    return { pools, states };
  }

  private evaluate(instant: Instant, isWindow: boolean): void {
    for (const at of this.concerned) {
      const compiled = this.set.rules[at] as CompiledRule;
      const state = this.states[at];
      const isFresh = isWindow && (compiled.pool < 0 || this.fresh[compiled.pool] === true);
      if (!isFresh && !compiled.judgedInSilence && !isWatched(state)) continue;
      this.evaluateRule(at, compiled, isFresh, instant);
    }
  }

  private evaluateRule(at: number, compiled: CompiledRule, isFresh: boolean, instant: Instant): void {
    const pool = compiled.pool < 0 ? undefined : this.pools[compiled.pool];
    const value = this.valueOf(compiled, pool, instant.nowMs);
    const reading = this.readingOf(compiled, value, isFresh);
    let state = this.states[at];
    if (state === undefined) {
      // Most rules about most people never begin: they keep no state until something can follow from it.
      const remembers = reading === 'yes' || (compiled.timing.onGap === 'alert' && reading !== 'gap');
      if (!remembers) return;
      state = this.states[at] = newState();
    }
    const mattersNow = reading === 'yes' || reading === 'gap' || isRaised(state);
    const mute = mattersNow ? this.muteOf(compiled, instant) : null;
    this.current = { compiled, state, value, instant };
    step(state, compiled.timing, instant.nowMs, reading, mute, this.emitChange);
  }

  private valueOf(compiled: CompiledRule, pool: SlidingPool | undefined, nowMs: number): number | undefined {
    if (!isInTime(compiled.rule.select, this.sources.recovery, nowMs)) return undefined;
    return readSignal(compiled.rule, pool, this.sources, nowMs);
  }

  private readingOf(compiled: CompiledRule, value: number | undefined, isFresh: boolean): Reading {
    if (value === undefined) return 'gap';
    // A value of old windows is no news; only the absence of windows is, in silence.
    if (!isFresh && !isNeverAbsent(compiled.rule.signal.kind)) return 'nothing-new';
    const baseline = compiled.usesBaseline ? this.sources.figures?.baseline()?.perMinute : undefined;
    const isMet = compiled.isMet(value, baseline);
    if (isMet === undefined) return 'gap';
    if (isMet) return 'yes';
    return compiled.isClear === undefined || compiled.isClear(value, baseline) === true ? 'no' : 'between';
  }

  private muteOf({ rule: { schedule }, inhibitors }: CompiledRule, instant: Instant): 'schedule' | 'inhibited' | null {
    if (schedule && !isScheduled(schedule, instant.nowMs, instant.timeZone)) return 'schedule';
    return inhibitors.some((at) => this.states[at]?.phase === 'firing') ? 'inhibited' : null;
  }

  private readonly emitChange = (change: Change): void => {
    const { compiled, state, value, instant } = this.current as NonNullable<typeof this.current>;
    const { figures, errorModel } = this.sources;
    const pool = compiled.pool < 0 ? undefined : this.pools[compiled.pool];
    const baselinePerMinute = figures?.baseline()?.perMinute;
    this.emit(alertRecord(compiled, state, change, { ...instant, value, pool, baselinePerMinute, errorModel }));
  };
}

/** Whether silence can change anything about it. */
const isWatched = (state: RuleState | undefined): boolean =>
  state !== undefined && (state.phase === 'pending' || isRaised(state));

/** Whether the time since exertion is one that the rule speaks about. */
function isInTime(
  { sinceExertion, restedFor }: CompiledRule['rule']['select'],
  recovery: RecoveryTracker | undefined,
  nowMs: number,
): boolean {
  if (recovery === undefined || (sinceExertion === undefined && restedFor === undefined)) return true;
  const { isExerting, exertionEndedAtMs } = recovery;
  const sinceMs = isExerting ? 0 : exertionEndedAtMs === undefined ? Infinity : nowMs - exertionEndedAtMs;
  if (restedFor !== undefined && sinceMs < restedFor) return false;
  if (sinceExertion === undefined) return true;
  return !isExerting && sinceMs >= sinceExertion.atLeast && sinceMs <= sinceExertion.atMost;
}
