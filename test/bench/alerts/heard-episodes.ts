import { Alerting, type NamedRule, compileRules } from '#libs/alert-rules';
import { Dice } from '../../support/dice.js';
import { restingOf } from './person-week.js';
import { BEYOND_PER_MINUTE, WINDOW_S, thresholdOf } from './scenes.js';
import { HOP_MS, SimulatedPerson, type Truth, windowsIn } from './simulated-person.js';
import type { Voice } from './voices.js';

/** How many of the episodes a rule told about: in the time that it promises, and within a quarter of an hour more. */
export interface Heard {
  episodes: number;
  inTime: number;
  later: number;
}

const LATER_MIN = 15;

/**
 * The same episodes 5 /min beyond the threshold, heard with the errors of real recordings. The rule asks for a rate
 * that is surely above, so people whose rates read low are told late or not at all: what the certainty costs.
 */
export function heardEpisodes(named: NamedRule, voices: readonly Voice[], episodes: number, seed: number): Heard {
  const { rule } = named;
  const rules = compileRules([{ ...named, rule: { ...rule, inhibit: [] } }]);
  const span = rule.signal.kind === 'rate' ? rule.signal.span : 0;
  const afterExertionMs = rule.select.sinceExertion?.atLeast ?? 0;
  const exertionFrom = windowsIn(40);
  const heavyFrom = exertionFrom + (afterExertionMs > 0 ? windowsIn(20) : 0);
  const deadlineMs = heavyFrom * HOP_MS + afterExertionMs + rule.for + span + WINDOW_S * 1000;
  const heavy: Truth = { ratePerMinute: (thresholdOf(rule) as number) + BEYOND_PER_MINUTE, restState: 'rest' };
  const heard: Heard = { episodes, inTime: 0, later: 0 };
  for (let part = 0; part < episodes; part++) {
    const rest: Truth = { ratePerMinute: restingOf(part, episodes), restState: 'rest' };
    const person = new SimulatedPerson(`person-${part}`, voices, Dice.of(seed, part));
    let toldMs = Infinity;
    const alerting = new Alerting(
      rules,
      ({ record, value }) => {
        if (record === 'BreathAlert' && value.state === 'firing') toldMs = Math.min(toldMs, value.at);
      },
      { publishesPooling: false },
    );
    const end = Math.ceil(deadlineMs / HOP_MS) + windowsIn(LATER_MIN);
    for (let window = 0; window < end; window++) {
      const truth = window < exertionFrom ? rest : window < heavyFrom ? EXERTION : heavy;
      alerting.onEstimate(person.hear(window, truth));
    }
    if (toldMs <= deadlineMs) heard.inTime += 1;
    else if (toldMs < Infinity) heard.later += 1;
  }
  return heard;
}

const EXERTION: Truth = { ratePerMinute: 40, restState: 'active' };
