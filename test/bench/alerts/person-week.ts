import { Alerting, type RuleSet } from '#libs/alert-rules';
import { Dice } from '../../support/dice.js';
import { SimulatedPerson, type Truth, windowsIn } from './simulated-person.js';
import type { Voice } from './voices.js';

const WINDOWS_A_WEEK = windowsIn(7 * 24 * 60);
const SLOWEST_REST = 8;
const FASTEST_REST = 22;

const HALF_DAY = windowsIn(12 * 60);

/** Twice a day, at an hour of chance. */
interface Exertion {
  beginsAt: number;
  endsAt: number;
  peakPerMinute: number;
  /** Time constant of the recovery, windows. */
  tau: number;
}

export interface WeekOptions {
  seed: number;
  /** Number of the person among `parts`, whose resting rates are spread evenly. */
  part: number;
  parts: number;
  windows?: number;
}

export interface Week {
  part: number;
  /** Whose errors the person had at rest. */
  recordingId: string;
  /** By rule, the alerts that somebody was told about: all of them false. */
  told: Record<string, number>;
}

/**
 * A week of one person who is never in trouble, worn day and night: at rest between 8 and 22 /min, except for two
 * exertions a day (20 min at 30 to 45 /min) from which they recover with a time constant of 1 to 2.5 min.
 */
export function falseAlertsInAWeek(
  rules: RuleSet,
  voices: readonly Voice[],
  { seed, part, parts, windows = WINDOWS_A_WEEK }: WeekOptions,
): Week {
  const dice = Dice.of(seed, part);
  const restingPerMinute = restingOf(part, parts);
  const person = new SimulatedPerson(`person-${part}`, voices, dice);
  const told = new Map<string, Set<string>>(rules.rules.map(({ rule }) => [rule.id, new Set()]));
  const alerting = new Alerting(
    rules,
    ({ record, value }) => {
      if (record === 'BreathAlert' && value.state === 'firing') told.get(value.ruleId)?.add(value.alertId);
    },
    { publishesPooling: false },
  );
  let exertion = exertionWithin(0, dice);
  for (let window = 0; window < windows; window++) {
    if (window % HALF_DAY === 0) exertion = exertionWithin(window, dice);
    alerting.onEstimate(person.hear(window, truthAt(window, restingPerMinute, exertion)));
  }
  return {
    part,
    recordingId: person.voiceOf(restingPerMinute).recordingId,
    told: Object.fromEntries([...told].map(([ruleId, alerts]) => [ruleId, alerts.size])),
  };
}

/** Breaths per minute, spread evenly over all people. */
export const restingOf = (part: number, parts: number): number =>
  SLOWEST_REST + ((FASTEST_REST - SLOWEST_REST) * (part + 0.5)) / parts;

function exertionWithin(fromWindow: number, dice: Dice): Exertion {
  const beginsAt = fromWindow + dice.below(HALF_DAY - windowsIn(90));
  return {
    beginsAt,
    endsAt: beginsAt + windowsIn(20),
    peakPerMinute: 30 + 15 * dice.next(),
    tau: windowsIn(1 + 1.5 * dice.next()),
  };
}

function truthAt(window: number, resting: number, { beginsAt, endsAt, peakPerMinute, tau }: Exertion): Truth {
  if (window < beginsAt) return { ratePerMinute: resting, restState: 'rest' };
  if (window < endsAt) return { ratePerMinute: peakPerMinute, restState: 'active' };
  const recovered = resting + (peakPerMinute - resting) * Math.exp(-(window - endsAt) / tau);
  return { ratePerMinute: recovered, restState: 'rest' };
}
