/** Where an alert of one rule about one person stands; docs/alerting.md draws the ways between them. */
export type Phase = 'inactive' | 'pending' | 'firing' | 'suppressed' | 'resolved';

/**
 * What an instant says about the rule: `when` holds, the end condition holds, neither does, nothing is known, or
 * nothing new came.
 */
export type Reading = 'yes' | 'no' | 'between' | 'gap' | 'nothing-new';

/** Why an alert that should fire is not told. */
export type Mute = 'schedule' | 'inhibited' | 'cooldown';

/** Of a rule, in milliseconds. */
export interface Timing {
  forMs: number;
  clearForMs: number;
  keepFiringMs: number;
  cooldownMs: number;
  gapGraceMs: number;
  onGap: 'hold' | 'resolve' | 'alert';
  repeatMs: number | undefined;
}

/** All times are epoch milliseconds of the person's clock. */
export interface RuleState {
  phase: Phase;
  /** When the condition began to hold. */
  startedAtMs: number;
  /** The same, moved by the gaps since: what `for` is counted from. */
  sustainedFromMs: number;
  lastYesMs: number;
  /** Since when the end condition has held, moved by the gaps; null while it does not. */
  clearFromMs: number | null;
  /** When something was last known; null before the first time. */
  lastKnownMs: number | null;
  inGap: boolean;
  /** When the last alert that was told ended; null before any. */
  cooldownFromMs: number | null;
  /** Whether this alert was ever firing, and when it was last told. */
  told: boolean;
  lastToldMs: number;
  mute: Mute | null;
  /** Records published about this alert. */
  sequence: number;
}

export interface Change {
  state: 'firing' | 'suppressed' | 'resolved';
  reason: string;
}

/** One instant of the person's clock, for every part of a step. */
interface Moment {
  timing: Timing;
  nowMs: number;
  mute: 'schedule' | 'inhibited' | null;
  emit: (change: Change) => void;
}

export function newState(): RuleState {
  return {
    phase: 'inactive',
    startedAtMs: 0,
    sustainedFromMs: 0,
    lastYesMs: 0,
    clearFromMs: null,
    lastKnownMs: null,
    inGap: false,
    cooldownFromMs: null,
    told: false,
    lastToldMs: 0,
    mute: null,
    sequence: 0,
  };
}

export const isRaised = ({ phase }: RuleState): boolean => phase === 'firing' || phase === 'suppressed';

/**
 * Moves one rule's state by one instant of the person's clock, which never goes back.
 * @param mute schedule or inhibition at this instant; the cooldown is the state's own
 * @param emit is told each change that the world should know, in order
 */
export function step(
  state: RuleState,
  timing: Timing,
  nowMs: number,
  reading: Reading,
  mute: 'schedule' | 'inhibited' | null,
  emit: (change: Change) => void,
): void {
  const moment = { timing, nowMs, mute, emit };
  if (reading === 'gap') stepGap(state, moment);
  else if (reading !== 'nothing-new') {
    endGap(state, nowMs);
    stepKnown(state, reading, moment);
  }
  if (isRaised(state)) retell(state, moment);
}

/** Ends whatever is raised, for a reason outside the rule itself. */
export function abandon(state: RuleState, nowMs: number, reason: string, emit: (change: Change) => void): void {
  if (isRaised(state)) resolve(state, nowMs, reason, emit);
  else state.phase = 'inactive';
}

function stepKnown(state: RuleState, reading: 'yes' | 'no' | 'between', moment: Moment): void {
  const { timing, nowMs, emit } = moment;
  if (isRaised(state)) {
    if (reading === 'yes') state.lastYesMs = nowMs;
    if (reading !== 'no') {
      state.clearFromMs = null;
      return;
    }
    state.clearFromMs ??= nowMs;
    const isClear = nowMs - state.clearFromMs >= timing.clearForMs;
    if (isClear && nowMs - state.lastYesMs >= timing.keepFiringMs) resolve(state, nowMs, 'cleared', emit);
    return;
  }
  if (reading !== 'yes') {
    if (state.phase === 'pending') state.phase = 'inactive';
    return;
  }
  if (state.phase !== 'pending') begin(state, nowMs);
  if (nowMs - state.sustainedFromMs >= timing.forMs) raise(state, 'sustained', moment);
}

/** Within the grace time everything stays as it is. */
function stepGap(state: RuleState, moment: Moment): void {
  const { timing, nowMs, emit } = moment;
  state.inGap = true;
  if (state.lastKnownMs === null || nowMs - state.lastKnownMs <= timing.gapGraceMs) return;
  if (timing.onGap === 'resolve') {
    if (isRaised(state)) resolve(state, nowMs, 'gap', emit);
    else state.phase = 'inactive';
  }
  if (timing.onGap === 'alert' && !isRaised(state)) {
    begin(state, state.lastKnownMs);
    raise(state, 'gap', moment);
  }
}

/** Time without data counts neither for nor against the person. */
function endGap(state: RuleState, nowMs: number): void {
  if (state.inGap && state.lastKnownMs !== null) {
    const gapMs = nowMs - state.lastKnownMs;
    state.sustainedFromMs += gapMs;
    if (state.clearFromMs !== null) state.clearFromMs += gapMs;
  }
  state.inGap = false;
  state.lastKnownMs = nowMs;
}

function begin(state: RuleState, nowMs: number): void {
  state.phase = 'pending';
  state.startedAtMs = nowMs;
  state.sustainedFromMs = nowMs;
  state.clearFromMs = null;
  state.told = false;
  state.sequence = 0;
}

function raise(state: RuleState, reason: string, { timing, nowMs, mute, emit }: Moment): void {
  state.lastYesMs = nowMs;
  const muted = mute ?? cooling(state, timing, nowMs);
  if (muted !== null) return suppress(state, muted, emit);
  fire(state, nowMs, reason, emit);
}

/** An alert that is raised may be muted or told at last, and is told again in its time. */
function retell(state: RuleState, { timing, nowMs, mute, emit }: Moment): void {
  const muted = mute ?? (state.told ? null : cooling(state, timing, nowMs));
  if (muted !== null) {
    if (state.phase === 'firing' || state.mute !== muted) suppress(state, muted, emit);
  } else if (state.phase === 'suppressed') fire(state, nowMs, 'unmuted', emit);
  else if (timing.repeatMs !== undefined && nowMs - state.lastToldMs >= timing.repeatMs) {
    fire(state, nowMs, 'repeat', emit);
  }
}

function cooling(state: RuleState, { cooldownMs }: Timing, nowMs: number): 'cooldown' | null {
  return state.cooldownFromMs !== null && nowMs - state.cooldownFromMs < cooldownMs ? 'cooldown' : null;
}

function fire(state: RuleState, nowMs: number, reason: string, emit: (change: Change) => void): void {
  Object.assign(state, { phase: 'firing', told: true, lastToldMs: nowMs, mute: null });
  emit({ state: 'firing', reason });
  state.sequence += 1;
}

function suppress(state: RuleState, mute: Mute, emit: (change: Change) => void): void {
  Object.assign(state, { phase: 'suppressed', mute });
  emit({ state: 'suppressed', reason: mute });
  state.sequence += 1;
}

function resolve(state: RuleState, nowMs: number, reason: string, emit: (change: Change) => void): void {
  if (state.told) state.cooldownFromMs = nowMs;
  Object.assign(state, { phase: 'resolved', mute: null, clearFromMs: null });
  emit({ state: 'resolved', reason });
  state.sequence += 1;
}
