import { describe, expect, it } from 'vitest';
import { describeCondition, testOf } from './condition.js';
import { formatDuration, parseDuration } from './duration.js';
import { parseRules } from './parse-rules.js';
import { ruleFileJsonSchema } from './rule-schema.js';
import { isScheduled, schedule } from './schedule.js';
import { fillTemplate } from './template.js';

const RULE = `rules:
  - id: heavy
    description: Heavy breathing
    severity: critical
    signal: { kind: rate, bound: lower }
    when: { above: 25 }
    for: 5m
`;
const parse = (text: string, file = 'r.yaml') => parseRules([{ file, text }]);
const lineOf = (text: string, part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('a rule file', () => {
  it('needs few keys; the rest has defaults', () => {
    expect(parse(RULE)[0]?.rule).toMatchObject({
      enabled: true,
      signal: { kind: 'rate', bound: 'lower', span: 60_000 },
      for: 300_000,
      minCoverage: 0.5,
      onGap: 'hold',
      group: ['subject'],
    });
  });

  it.each([
    ['an unknown key', '    foor: 5m\n', 'foor', "unknown key 'rules.0.foor'"],
    ['a key of a later version', '    backtest: true\n', 'backtest', "unknown key 'rules.0.backtest'"],
    [
      'an odd duration',
      '    clearFor: 5 minutes\n',
      'clearFor',
      'rules.0.clearFor: expected a duration such as 90s, 5m or 1h',
    ],
    ['a share above 1', '    minCoverage: 50\n', 'minCoverage', 'rules.0.minCoverage'],
    [
      'two comparisons at once',
      '    clearWhen: { below: 20, above: 30 }\n',
      'clearWhen',
      'expected exactly one of above, below and outside',
    ],
    ['a turned range', '    clearWhen: { outside: [30, 10] }\n', 'clearWhen', 'low below high'],
    [
      'a limit that is no number and no baseline',
      '    clearWhen: { below: baseline plus 3 }\n',
      'clearWhen',
      "'baseline + 3 /min'",
    ],
    [
      'a time zone that does not exist',
      '    schedule: { timeZone: Mars/Olympus }\n',
      'schedule',
      'there is no such time zone',
    ],
    [
      'a time that no clock shows',
      "    schedule: { timeZone: UTC, from: '25:00' }\n",
      'schedule',
      'expected a time of day',
    ],
    [
      'a placeholder that nothing fills',
      "    annotations: { summary: '{{ patient }} is ill' }\n",
      'annotations',
      'there is no {{ patient }}',
    ],
    ['half a placeholder', "    annotations: { summary: '{{ value is high' }\n", 'annotations', 'has no partner'],
    [
      'a label that the rule lacks',
      "    annotations: { summary: '{{ labels.ward }}' }\n",
      'annotations',
      "there is no label 'ward'",
    ],
    [
      'a group of people that is not in the file',
      '    select: { group: [ward] }\n',
      'select',
      "there is no group 'ward' in this file",
    ],
    ['inhibition by a rule that is not there', '    inhibit: [nobody]\n', 'inhibit', "there is no rule 'nobody'"],
    ['inhibition by itself', '    inhibit: [heavy]\n', 'inhibit', "'heavy' is inhibited by this rule in turn"],
    [
      'grouping by what the rule lacks',
      '    group: [ward]\n',
      'group',
      "'ward' is neither subject, severity nor a label",
    ],
  ])('with %s is refused with file, line and reason', (_, addition, key, reason) => {
    const text = RULE + addition;
    const refusal = expect.objectContaining({
      code: 'RULES_INVALID',
      message: expect.stringMatching(new RegExp(`^r\\.yaml:${lineOf(text, key)}: `)) as string,
    }) as Error;
    expect(() => parse(text)).toThrow(refusal);
    expect(() => parse(text)).toThrow(reason);
  });

  it('that is no YAML is refused with its line', () => {
    expect(() => parse('rules:\n  - id: [a\n')).toThrow(/^r\.yaml:\d+: /);
  });

  it('does not let a signal that is never absent alert on its absence', () => {
    const text = RULE.replace('{ kind: rate, bound: lower }', '{ kind: coverage }') + '    onGap: alert\n';
    expect(() => parse(text)).toThrow(
      `r.yaml:${lineOf(text, 'onGap')}: rules.0.onGap: this signal has a value in silence`,
    );
  });

  it('is taken as a whole with its neighbours, or not at all, and every fault is named', () => {
    const faulty = RULE.replace('severity: critical', 'severity: terrible').replace('above: 25', 'abve: 25');
    const both = () =>
      parseRules([
        { file: 'good.yaml', text: RULE },
        { file: 'bad.yaml', text: faulty },
      ]);
    expect(both).toThrow(/bad\.yaml:4: [^]*bad\.yaml:6: /);
    expect(() =>
      parseRules([
        { file: 'a.yaml', text: RULE },
        { file: 'b.yaml', text: RULE },
      ]),
    ).toThrow("b.yaml:2: rule 'heavy' is already in a.yaml:2");
  });

  it('may not let rules inhibit each other in a circle', () => {
    const other = RULE.replace('rules:\n', '').replace('id: heavy', 'id: other') + '    inhibit: [heavy]\n';
    expect(() => parse(`${RULE}    inhibit: [other]\n${other}`)).toThrow("'other' is inhibited by this rule in turn");
  });

  it('has a JSON Schema with the keys that the parser takes, and no others', () => {
    const text = JSON.stringify(ruleFileJsonSchema());
    for (const key of [
      'clearWhen',
      'gapGrace',
      'keepFiring',
      'sinceExertion',
      'restedFor',
      'timeZone',
      'resting-rise',
    ]) {
      expect(text).toContain(`"${key}"`);
    }
    expect(text).toContain('"required":["id","description","severity","signal","when"]');
    expect(text).toContain('"additionalProperties":false');
  });

  it('whose names are those of JavaScript itself finds nothing by them', () => {
    expect(() => parse(`${RULE}    select: { group: [constructor] }\n`)).toThrow("there is no group 'constructor'");
    expect(() => parse(`${RULE}    group: [constructor]\n`)).toThrow("'constructor' is neither");
  });

  it('knows groups of people by their patterns', () => {
    const text = `groups: { ward: ['w-*', anna] }\n${RULE}    select: { group: [ward] }\n`;
    expect(parse(text)[0]?.members).toEqual(['w-*', 'anna']);
  });
});

describe('conditions', () => {
  const conditionOf = (text: string) => parse(RULE.replace('{ above: 25 }', text))[0]?.rule.when as never;

  it.each([
    ['{ above: 25 }', [25, 25.1], [false, true], 'above 25'],
    ['{ below: 8 }', [8, 7.9], [false, true], 'below 8'],
    ['{ outside: [8, 25] }', [8, 25, 7, 26], [false, false, true, true], 'outside 8 to 25'],
    ['{ above: baseline + 3 /min }', [17, 17.1], [false, true], 'above baseline + 3 /min'],
    ['{ below: baseline - 2 }', [12, 11.9], [false, true], 'below baseline - 2 /min'],
    ['{ above: 1.4 x baseline }', [19.5, 19.7], [false, true], 'above 1.4 x baseline'],
  ])('%s', (text, values, expected, described) => {
    const condition = conditionOf(text);
    expect(values.map((value) => testOf(condition)(value, 14))).toEqual(expected);
    expect(describeCondition(condition)).toBe(described);
  });

  it('that need a baseline say nothing without one', () => {
    expect(testOf(conditionOf('{ above: baseline + 3 }'))(40, undefined)).toBeUndefined();
    expect(testOf(conditionOf('{ outside: [8, baseline + 3] }'))(4, undefined)).toBeUndefined();
  });
});

describe('a schedule', () => {
  const at = (text: string) => Date.parse(text);
  const day = schedule.parse({ timeZone: 'Europe/Berlin', from: '08:00', to: '20:00' });
  const night = schedule.parse({ timeZone: 'Europe/Berlin', days: ['sat'], from: '22:00', to: '06:00' });

  it('follows the wall clock over both changes of the clocks', () => {
    expect(isScheduled(day, at('2026-03-28T06:59:59Z'), 'UTC')).toBe(false); // still winter: 07:59
    expect(isScheduled(day, at('2026-03-28T07:00:00Z'), 'UTC')).toBe(true);
    expect(isScheduled(day, at('2026-03-29T05:59:59Z'), 'UTC')).toBe(false);
    expect(isScheduled(day, at('2026-03-29T06:00:00Z'), 'UTC')).toBe(true); // summer: 08:00
    expect(isScheduled(day, at('2026-10-25T06:59:59Z'), 'UTC')).toBe(false);
    expect(isScheduled(day, at('2026-10-25T07:00:00Z'), 'UTC')).toBe(true);
  });

  it('has an hour that comes twice twice, and one that does not come never', () => {
    const early = schedule.parse({ timeZone: 'Europe/Berlin', from: '02:15', to: '02:45' });
    const minutesOn = (from: string) =>
      Array.from({ length: 240 }, (_, minute) => isScheduled(early, at(from) + minute * 60_000, 'UTC')).filter(Boolean)
        .length;
    expect(minutesOn('2026-10-24T23:00:00Z')).toBe(60);
    expect(minutesOn('2026-03-28T23:00:00Z')).toBe(0);
    expect(minutesOn('2026-06-01T22:00:00Z')).toBe(30);
  });

  it('over midnight belongs to the day on which it began', () => {
    expect(isScheduled(night, at('2026-06-06T20:30:00Z'), 'UTC')).toBe(true); // Saturday 22:30
    expect(isScheduled(night, at('2026-06-07T03:30:00Z'), 'UTC')).toBe(true); // Sunday 05:30
    expect(isScheduled(night, at('2026-06-07T20:30:00Z'), 'UTC')).toBe(false); // Sunday 22:30
    expect(isScheduled(night, at('2026-06-06T03:30:00Z'), 'UTC')).toBe(false); // Saturday 05:30
  });

  it('over midnight lasts an hour less, or more, when clocks change in it', () => {
    const minutesOn = (from: string) =>
      Array.from({ length: 14 * 60 }, (_, minute) => isScheduled(night, at(from) + minute * 60_000, 'UTC')).filter(
        Boolean,
      ).length;
    expect(minutesOn('2026-06-06T18:00:00Z')).toBe(8 * 60);
    expect(minutesOn('2026-03-28T19:00:00Z')).toBe(7 * 60);
    expect(minutesOn('2026-10-24T18:00:00Z')).toBe(9 * 60);
  });

  it('follows clocks that move by half an hour, in the south, and on a midnight that does not come', () => {
    const eight = (timeZone: string) => schedule.parse({ timeZone, from: '08:00', to: '09:00' });
    const startsAt = (timeZone: string, from: string) =>
      Array.from({ length: 24 * 60 }, (_, minute) => at(from) + minute * 60_000).find((ms) =>
        isScheduled(eight(timeZone), ms, 'UTC'),
      );
    // Lord Howe Island: +11 in summer, +10:30 in winter, from 5 April 2026 on
    expect(startsAt('Australia/Lord_Howe', '2026-04-03T12:00Z')).toBe(at('2026-04-03T21:00Z'));
    expect(startsAt('Australia/Lord_Howe', '2026-04-05T12:00Z')).toBe(at('2026-04-05T21:30Z'));
    // Nepal: +5:45
    expect(startsAt('Asia/Kathmandu', '2026-01-05T00:00Z')).toBe(at('2026-01-05T02:15Z'));
    // Chile goes from 24:00 to 01:00 on 6 September 2026: that Sunday begins at one o'clock
    const sunday = schedule.parse({ timeZone: 'America/Santiago', days: ['sun'] });
    expect(isScheduled(sunday, at('2026-09-06T03:59:59Z'), 'UTC')).toBe(false);
    expect(isScheduled(sunday, at('2026-09-06T04:00:00Z'), 'UTC')).toBe(true);
    expect(isScheduled(sunday, at('2026-09-07T02:59:59Z'), 'UTC')).toBe(true);
    expect(isScheduled(sunday, at('2026-09-07T03:00:00Z'), 'UTC')).toBe(false);
  });

  it("takes the person's own zone where it says so, and UTC where a device states nonsense", () => {
    const own = schedule.parse({ timeZone: 'subject', from: '08:00', to: '20:00' });
    const noon = at('2026-01-05T12:00:00Z');
    expect(isScheduled(own, noon, 'Pacific/Auckland')).toBe(false);
    expect(isScheduled(own, noon, 'Asia/Kolkata')).toBe(true); // 17:30
    expect(isScheduled(own, noon, 'Moon/Base')).toBe(true);
  });
});

describe('small parts', () => {
  it('durations are read and written', () => {
    expect(['90s', '5m', '1h30m', '2d'].map(parseDuration)).toEqual([90_000, 300_000, 5_400_000, 172_800_000]);
    expect(['', '5', '5 m', '-5m', '1.5h'].map(parseDuration)).toEqual(Array(5).fill(undefined));
    expect([0, 90_000, 5_400_000].map(formatDuration)).toEqual(['0s', '1m30s', '1h30m']);
  });

  it('templates are filled', () => {
    const values = { subject: 'anna', value: '31' } as never;
    expect(fillTemplate('{{subject}} in {{ labels.ward }}: {{ value }}', values, { ward: 'B' })).toBe('anna in B: 31');
  });
});
