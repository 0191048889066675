import { type NamedRule, compileRules } from '#libs/alert-rules';
import { describe, expect, it } from 'vitest';
import { heardEpisodes } from './heard-episodes.js';
import { heavyRules } from './heavy-rules.js';
import { falseAlertsInAWeek } from './person-week.js';
import { decoys, episodesOf, failedScenes } from './scenes.js';
import { nearestVoices, readVoices } from './voices.js';

type Rule = NamedRule['rule'];
const changed = (changes: Partial<Rule>) => heavyRules().map((one) => ({ ...one, rule: { ...one.rule, ...changes } }));
const ruleSet = (changes: Partial<Rule> = {}) => compileRules(changed(changes));
const episodes = heavyRules().flatMap(({ rule }) => episodesOf(rule));
const trigger: Partial<Rule> = {
  signal: { kind: 'rate', bound: 'estimate', span: 60_000 },
  when: { above: { factor: 0, offset: 20 } },
  for: 0,
};

describe('the scripted scenes', () => {
  it('are told in time where they are episodes, and never where they are decoys', () => {
    expect(failedScenes(episodes, ruleSet())).toEqual([]);
    expect(failedScenes(decoys(), ruleSet())).toEqual([]);
  });

  it('find a rule that is too slow, and one that is too quick', () => {
    expect(failedScenes(episodes, ruleSet({ for: 8 * 60_000 }))).toHaveLength(episodes.length);
    expect(failedScenes(decoys(), ruleSet(trigger)).length).toBeGreaterThan(5);
  });
});

describe('simulated people', () => {
  const voices = readVoices();
  const day = { seed: 1, part: 9, parts: 10, windows: 28_800 };

  it('are heard with whole recordings of a similar rate, at five noise levels', () => {
    expect(voices.every(({ levels }) => levels.length === 5)).toBe(true);
    const lengths = voices.map(({ levels }) => new Set(levels.flat().map(({ length }) => length)).size);
    expect(new Set(lengths)).toEqual(new Set([1])); // every level holds all windows, also those that were not accepted
    const near = nearestVoices(voices, 18, 5).map(({ ratePerMinute }) => Math.abs(ratePerMinute - 18));
    expect(Math.max(...near)).toBeLessThan(1);
  });

  it('raise false alerts of a rule that speaks at once, and the same ones each time', () => {
    const { told } = falseAlertsInAWeek(ruleSet(trigger), voices, day);
    expect(told['sustained-heavy-breathing-at-rest']).toBeGreaterThan(0);
    expect(falseAlertsInAWeek(ruleSet(trigger), voices, day).told).toEqual(told);
  });

  it('in real trouble are told of by the shipped rules, though not all of them in time', () => {
    const [sustained] = heavyRules() as [NamedRule];
    const { inTime, later } = heardEpisodes(sustained, voices, 50, 1);
    expect(inTime).toBeGreaterThan(10);
    expect(inTime + later).toBeLessThanOrEqual(50);
  });
});
