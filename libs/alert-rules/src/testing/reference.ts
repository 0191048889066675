import { type BreathEstimate, derivedId } from '#libs/contracts';
import { LATENESS_MS, DEFAULT_ERROR_MODEL, halfWidthOf, steadinessOf } from '#libs/pooling';
import type { CompiledRule, RuleSet } from '../evaluation/rule-set.js';
import { isScheduled } from '../language/schedule.js';
import type { EstimateLogRecord } from '../rule-tests/series.js';

/*
 * The obviously right evaluator: slow, without state, over whole arrays. It looks for the stretches that the language
 * talks about ("the earliest instant up to which the condition has held for five known minutes") instead of moving a
 * machine, and computes each value from all that came before. Signals of days and recoveries are not in it.
 */

/** A moment at which rules are judged, and what came. */
interface Instant {
  t: number;
  estimate: BreathEstimate | undefined;
}

/** What the two evaluators must agree on. */
export interface ReferenceAlert {
  alertId: string;
  ruleId: string;
  sequence: number;
  state: string;
  reason: string;
  startedAt: number;
  at: number;
}

type Known = 'yes' | 'no' | 'between';
type Seen = Known | 'gap' | 'nothing-new';

/** All alerts of one person, rule by rule. */
export function referenceAlerts(log: readonly EstimateLogRecord[], subjectId: string, set: RuleSet): ReferenceAlert[] {
  const instants = instantsOf(log, subjectId);
  const firing: boolean[][] = [];
  return set.rules.flatMap((rule, place) => {
    if (!rule.concerns(subjectId)) {
      firing[place] = instants.map(() => false);
      return [];
    }
    const mutes = instants.map(({ t }, i) => {
      const zone = instants.slice(0, i + 1).findLast(({ estimate }) => estimate)?.estimate?.timeZone ?? 'UTC';
      if (rule.rule.schedule && !isScheduled(rule.rule.schedule, t, zone)) return 'schedule' as const;
      return rule.inhibitors.some((at) => firing[at]?.[i]) ? ('inhibited' as const) : null;
    });
    const seen = instants.map((_, i) => seenAt(rule, instants, i));
    const { alerts, firingAt } = timeline(rule, subjectId, instants, seen, mutes);
    firing[place] = firingAt;
    return alerts;
  });
}

const endOf = (estimate: BreathEstimate) => estimate.windowStart + estimate.windowSamples / 16;

function instantsOf(log: readonly EstimateLogRecord[], subjectId: string): Instant[] {
  const instants: Instant[] = [];
  const clock = () => instants.at(-1)?.t ?? -Infinity;
  const watermarks: number[] = [];
  let sinceWindow: number[] = [];
  let clockAtAnchor = -Infinity;
  for (const { record, value } of log) {
    if (record === 'Watermark') {
      if (value.processedThrough <= (watermarks.at(-1) ?? -Infinity)) continue;
      watermarks.push(value.processedThrough);
      if (instants.length === 0) continue;
      if (sinceWindow.length === 0) clockAtAnchor = clock();
      sinceWindow.push(value.processedThrough);
      const silence = value.processedThrough - (sinceWindow[0] as number);
      instants.push({ t: Math.max(clock(), clockAtAnchor + silence), estimate: undefined });
    } else if (value.subjectId === subjectId) {
      const before = instants.flatMap(({ estimate }) => (estimate ? [estimate] : []));
      const isRepeat = before.some((one) => one.sessionId === value.sessionId && one.deviceId === value.deviceId && one.startSample >= value.startSample); // prettier-ignore
      if (isRepeat || endOf(value) <= clock() - LATENESS_MS) continue;
      instants.push({ t: Math.max(clock(), endOf(value)), estimate: value });
      sinceWindow = [];
    }
  }
  return instants;
}

function seenAt({ rule, isMet, isClear }: CompiledRule, instants: readonly Instant[], i: number): Seen {
  const { estimate } = instants[i] as Instant;
  const value = valueAt(rule, instants, i);
  if (value === undefined) return 'gap';
  const isAbsence = rule.signal.kind === 'coverage' || rule.signal.kind === 'received-share';
  if (!isAbsence && (estimate === undefined || !selects(rule, estimate))) return 'nothing-new';
  if (isMet(value, undefined) === true) return 'yes';
  return isClear === undefined || isClear(value, undefined) === true ? 'no' : 'between';
}

function selects({ select }: CompiledRule['rule'], estimate: BreathEstimate): boolean {
  const allows = (allowed: readonly string[] | undefined, value: string) => allowed?.includes(value) ?? true;
  return (
    allows(select.restState, estimate.restState) &&
    allows(select.quality, estimate.quality) &&
    allows(select.device, estimate.deviceId) &&
    allows(select.stage, estimate.stage)
  );
}

function valueAt(rule: CompiledRule['rule'], instants: readonly Instant[], i: number): number | undefined {
  const { signal, minCoverage } = rule;
  if (!('span' in signal)) throw new Error(`the reference knows no ${signal.kind}`);
  const left = (instants[i] as Instant).t - signal.span;
  const came = instants.slice(0, i + 1).flatMap(({ estimate }) => (estimate ? [estimate] : []));
  const otherVersion = came.findLastIndex(({ modelVersion }) => modelVersion !== came.at(-1)?.modelVersion);
  const windows = came.slice(otherVersion + 1).filter((one) => selects(rule, one));
  const inSpan = windows.filter((one) => (one.windowStart + endOf(one)) / 2 > left);
  const accepted = (of: BreathEstimate[]) => of.filter(({ quality }) => quality === 'ok');
  const covered = (of: BreathEstimate[]) => coveredMs(of, left, left + signal.span);
  const share = (of: BreathEstimate[]) => covered(of) / signal.span;
  if (signal.kind === 'coverage') return share(accepted(windows));
  if (signal.kind === 'received-share') return share(windows);
  if (signal.kind === 'probability') {
    if (inSpan.length === 0 || share(windows) < minCoverage) return undefined;
    const field = { none: 'pNone', normal: 'pNormal', heavy: 'pHeavy', noise: 'pNoise' } as const;
    return inSpan.reduce((sum, one) => sum + Math.round(one[field[signal.of]] * 255), 0) / (255 * inSpan.length);
  }
  const rates = accepted(inSpan).map(({ rrPerMinute }) => Math.round(rrPerMinute * 10)).sort((a, b) => a - b); // prettier-ignore
  if (rates.length === 0 || share(accepted(windows)) < minCoverage) return undefined;
  if (signal.kind === 'heavy-share') return rates.filter((rate) => rate > signal.above * 10).length / rates.length;
  if (signal.kind !== 'rate') throw new Error(`the reference knows no ${signal.kind}`);
  const [low, high] = [rates[(rates.length - 1) >> 1] as number, rates[rates.length >> 1] as number];
  const rate = (low + high) / 2 / 10;
  const steadiness = steadinessOf({
    acceptedWindows: rates.length,
    receivedWindows: inSpan.length,
    acceptedLength: covered(accepted(windows)),
    receivedLength: covered(windows),
  });
  const half = halfWidthOf({ ratePerMinute: rate, acceptedWindows: rates.length, steadiness }, DEFAULT_ERROR_MODEL);
  return { estimate: rate, lower: Math.max(0, rate - half), upper: rate + half }[signal.bound];
}

/** All times are whole multiples of 500 ms in the drawn logs. */
function coveredMs(windows: readonly BreathEstimate[], fromMs: number, toMs: number): number {
  const near = windows.filter((one) => endOf(one) > fromMs && one.windowStart < toMs);
  let covered = 0;
  for (let at = fromMs; at < toMs; at += 500) {
    if (near.some((one) => one.windowStart <= at && endOf(one) > at)) covered += 500;
  }
  return covered;
}

function timeline(
  { rule, version, timing }: CompiledRule,
  subjectId: string,
  instants: readonly Instant[],
  seen: readonly Seen[],
  mutes: readonly ('schedule' | 'inhibited' | null)[],
): { alerts: ReferenceAlert[]; firingAt: boolean[] } {
  const time = (i: number) => (instants[i] as Instant).t;
  const isKnown = (i: number) => seen[i] === 'yes' || seen[i] === 'no' || seen[i] === 'between';
  const knownBefore = (i: number) => {
    for (let at = i - 1; at >= 0; at--) if (isKnown(at)) return at;
    return undefined;
  };
  const gapsBetween = (a: number, b: number) =>
    seen.slice(a + 1, b).flatMap((one, at) => (one === 'gap' ? [a + 1 + at] : []));

  /** The known instants of the longest stretch that ends at i, begins at `from` or later, and is all of one kind. */
  const stretch = (i: number, from: number, kind: Known): number[] => {
    const run = [i];
    for (let at = knownBefore(i); at !== undefined && at >= from && seen[at] === kind; at = knownBefore(at)) {
      const start = at;
      const isLost = gapsBetween(start, run[0] as number).some((gap) => time(gap) - time(start) > rule.gapGrace);
      if (rule.onGap === 'resolve' && isLost) break;
      run.unshift(start);
    }
    return run;
  };
  /** How long a stretch lasted, without what lies around gaps. */
  const observed = (run: readonly number[]): number =>
    run.slice(1).reduce((sum, at, index) => {
      const before = run[index] as number;
      return sum + (gapsBetween(before, at).length > 0 ? 0 : time(at) - time(before));
    }, 0);
  const isLongGap = (i: number) => {
    const known = knownBefore(i);
    return seen[i] === 'gap' && known !== undefined && time(i) - time(known) > rule.gapGrace;
  };

  const alerts: ReferenceAlert[] = [];
  const firingAt = instants.map(() => false);
  let cooldownFrom: number | undefined;
  let from = 0;
  for (;;) {
    const raised = instants.findIndex((_, i) => {
      if (i < from) return false;
      if (rule.onGap === 'alert' && isLongGap(i)) return true;
      return seen[i] === 'yes' && observed(stretch(i, from, 'yes')) >= rule.for;
    });
    if (raised < 0) return { alerts, firingAt };
    const byGap = seen[raised] === 'gap';
    const startedAt = time(byGap ? (knownBefore(raised) as number) : (stretch(raised, from, 'yes')[0] as number));
    const ended = instants.findIndex((_, i) => {
      if (i <= raised) return false;
      if (rule.onGap === 'resolve' && isLongGap(i)) return true;
      if (seen[i] !== 'no') return false;
      const lastYes = Math.max(raised, seen.lastIndexOf('yes', i));
      return observed(stretch(i, raised + 1, 'no')) >= rule.clearFor && time(i) - time(lastYes) >= rule.keepFiring;
    });
    const alertId = derivedId('alert', subjectId, rule.id, version, startedAt);
    let [sequence, told, lastTold, phase, muted] = [0, false, 0, '', ''];
    const tell = (i: number, state: string, reason: string) => {
      alerts.push({ alertId, ruleId: rule.id, sequence, state, reason, startedAt, at: time(i) });
      sequence += 1;
      [phase, muted] = [state, state === 'suppressed' ? reason : ''];
      if (state === 'firing') [told, lastTold] = [true, time(i)];
    };
    for (let i = raised; i < (ended < 0 ? instants.length : ended); i++) {
      const isCooling = !told && cooldownFrom !== undefined && time(i) - cooldownFrom < rule.cooldown;
      const mute = mutes[i] ?? (isCooling ? 'cooldown' : null);
      if (mute !== null) {
        if (phase !== 'suppressed' || muted !== mute) tell(i, 'suppressed', mute);
      } else if (phase !== 'firing') tell(i, 'firing', i > raised ? 'unmuted' : byGap ? 'gap' : 'sustained');
      else if (timing.repeatMs !== undefined && time(i) - lastTold >= timing.repeatMs) tell(i, 'firing', 'repeat');
      firingAt[i] = phase === 'firing';
    }
    if (ended < 0) return { alerts, firingAt };
    if (told) cooldownFrom = time(ended);
    tell(ended, 'resolved', seen[ended] === 'gap' ? 'gap' : 'cleared');
    from = ended + 1;
  }
}
