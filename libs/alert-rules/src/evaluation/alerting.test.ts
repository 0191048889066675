import type { BreathAlert } from '#libs/contracts';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../language/parse-rules.js';
import { estimateAt } from '../testing/estimates.js';
import { Alerting, type AlertingOutput } from './alerting.js';
import { compileRules } from './rule-set.js';

const heavyAtRest = `
rules:
  - id: heavy-at-rest
    description: Heavy breathing at rest
    severity: critical
    select: { restState: [rest] }
    signal: { kind: rate, bound: lower }
    when: { above: 25 }
    for: 5m
    clearWhen: { below: 22 }
    clearFor: 1m
    annotations: { summary: '{{ subject }} breathes {{ rate }} /min for {{ duration }}' }
`;

const rulesOf = (text: string) => compileRules(parseRules([{ file: 'r.yaml', text }]));

function run(text: string) {
  const outputs: AlertingOutput[] = [];
  const alerting = new Alerting(rulesOf(text), (output) => outputs.push(output));
  const alerts = () =>
    outputs.filter((output) => output.record === 'BreathAlert').map(({ value }) => value as BreathAlert);
  return { alerting, outputs, alerts };
}

describe('sustained heavy breathing at rest', () => {
  const { alerting, outputs, alerts } = run(heavyAtRest);
  for (let index = 0; index < 400; index++) {
    const rrPerMinute = index >= 100 && index < 260 ? 34 : 15;
    alerting.onEstimate(estimateAt(index, { rrPerMinute }));
  }

  it('fires once the condition has held for its time, and ends when it has cleared', () => {
    expect(alerts().map(({ state, reason }) => [state, reason])).toEqual([
      ['firing', 'sustained'],
      ['resolved', 'cleared'],
    ]);
    const [firing] = alerts() as [BreathAlert];
    // Window 100 ends at 306 s; after half a span most windows are heavy, and 300 s later the rule fires.
    expect(firing.at).toBeGreaterThan(306_000 + 300_000);
    expect(firing.at).toBeLessThanOrEqual(306_000 + 300_000 + 60_000 + 6_000);
    expect(firing.annotations['summary']).toMatch(/^anna breathes 34 \/min for 5m/);
  });

  it('comes with aggregates of each minute and an episode that opens and closes', () => {
    const aggregates = outputs.filter(({ record }) => record === 'RateAggregate');
    expect(aggregates).toHaveLength(19);
    expect(outputs.filter(({ record }) => record === 'BreathEpisode').map(({ value }) => 'state' in value && value.state)).toEqual(['open', 'closed']); // prettier-ignore
  });
});

const simple = (above: number, more = '') => `
rules:
  - id: fast
    description: Fast breathing
    severity: warning
    signal: { kind: rate, span: 30s }
    when: { above: ${above} }
${more}`;

const send = (alerting: Alerting, from: number, to: number, changes = {}) => {
  for (let index = from; index < to; index++) alerting.onEstimate(estimateAt(index, changes));
};
const told = (alerts: readonly BreathAlert[]) => alerts.map(({ state, reason }) => `${state} ${reason}`);

describe('a change of rules', () => {
  it('ends alerts of changed rules, and starts the new version afresh', () => {
    const { alerting, alerts } = run(simple(25));
    send(alerting, 0, 20, { rrPerMinute: 30 });
    alerting.changeRules(rulesOf(simple(28)));
    send(alerting, 20, 21, { rrPerMinute: 30 });
    expect(told(alerts())).toEqual(['firing sustained', 'resolved rule-changed', 'firing sustained']);
    const [before, ended, after] = alerts() as [BreathAlert, BreathAlert, BreathAlert];
    expect(ended).toMatchObject({ alertId: before.alertId, ruleVersion: before.ruleVersion, sequence: 1 });
    expect(after.ruleVersion).not.toBe(before.ruleVersion);
    expect(after.alertId).not.toBe(before.alertId);
  });

  it('leaves unchanged rules as they are, whatever the order of their keys', () => {
    const { alerting, alerts } = run(simple(25));
    send(alerting, 0, 20, { rrPerMinute: 30 });
    const turned = `rules: [{ when: { above: 25 }, signal: { span: 30s, kind: rate }, severity: warning, description: Fast breathing, id: fast }]`;
    alerting.changeRules(rulesOf(turned));
    send(alerting, 20, 40, { rrPerMinute: 30 });
    expect(told(alerts())).toEqual(['firing sustained']);
  });
});

describe('people and clocks', () => {
  it('who sent nothing for twenty days are forgotten, and their alerts end', () => {
    const { alerting, alerts } = run(simple(25));
    send(alerting, 0, 20, { rrPerMinute: 30 });
    const day = 86_400_000;
    for (let at = 0; at <= 20; at++) alerting.onWatermark({ processedThrough: at * day, caughtUp: true });
    expect(alerting.subjectCount).toBe(1);
    alerting.onWatermark({ processedThrough: 20 * day + 5_000, caughtUp: true });
    expect(alerting.subjectCount).toBe(0);
    expect(told(alerts())).toEqual(['firing sustained', 'resolved forgotten']);
  });

  it('are apart: what one sends changes nothing for another', () => {
    const { alerting, alerts } = run(simple(25));
    for (let index = 0; index < 30; index++) {
      alerting.onEstimate(estimateAt(index, { subjectId: 'anna', rrPerMinute: 30 }));
      alerting.onEstimate(estimateAt(index, { subjectId: 'bert', rrPerMinute: 15 }));
    }
    expect(alerts().map(({ subjectId }) => subjectId)).toEqual(['anna']);
  });

  it('a clock that jumps ahead is a gap, and the device behind it is no longer heard', () => {
    const { alerting, alerts } = run(simple(25, '    onGap: resolve\n    gapGrace: 1m\n'));
    send(alerting, 0, 20, { rrPerMinute: 30 });
    // Another device of the same person runs five minutes ahead; the first goes on, now outside of every span.
    send(alerting, 120, 140, { rrPerMinute: 30, deviceId: 'ahead' });
    send(alerting, 20, 40, { rrPerMinute: 30 });
    send(alerting, 140, 160, { rrPerMinute: 15, deviceId: 'ahead' });
    expect(told(alerts())).toEqual(['firing sustained', 'resolved gap', 'firing sustained', 'resolved cleared']);
  });

  it('a clock that jumps back by minutes stops time until it is caught up, and nothing is told twice', () => {
    const { alerting, alerts } = run(simple(25));
    send(alerting, 0, 100, { rrPerMinute: 30 });
    const before = alerts().length;
    send(alerting, 20, 100, { rrPerMinute: 30, sessionId: 'set back by four minutes' });
    expect(alerts()).toHaveLength(before);
    send(alerting, 100, 130, { rrPerMinute: 15, sessionId: 'set back by four minutes' });
    expect(told(alerts())).toEqual(['firing sustained', 'resolved cleared']);
    expect(alerts().at(-1)?.at).toBeGreaterThan(100 * 3_000);
  });

  it('a clock that jumps back by hours is not heard until it is right again', () => {
    const { alerting, alerts } = run(simple(25));
    send(alerting, 10_000, 10_020, { rrPerMinute: 15 });
    send(alerting, 100, 400, { rrPerMinute: 30, sessionId: 'an old clock' });
    expect(alerts()).toEqual([]);
    send(alerting, 10_020, 10_060, { rrPerMinute: 30, sessionId: 'set right' });
    expect(told(alerts())).toEqual(['firing sustained']);
  });

  it("a traveller's alert is muted and told by the clock of where they are", () => {
    const { alerting, alerts } = run(simple(25, "    schedule: { timeZone: subject, from: '08:00', to: '20:00' }\n"));
    const noon = Date.parse('2026-01-05T12:00:00Z');
    for (let index = 0; index < 60; index++) {
      const timeZone = index < 20 ? 'Europe/Berlin' : index < 40 ? 'Pacific/Auckland' : 'America/New_York'; // 13:00, 01:00, 07:00
      alerting.onEstimate(estimateAt(index, { rrPerMinute: 30, timeZone }, noon));
    }
    alerting.onEstimate(estimateAt(1_200, { rrPerMinute: 30, timeZone: 'America/New_York' }, noon)); // 08:00 there
    expect(alerts().map(({ state, reason, at }) => [state, reason, (at - noon) / 1_000])).toEqual([
      ['firing', 'sustained', 15], // half of the span is covered
      ['suppressed', 'schedule', 66], // the first window in Auckland
      ['firing', 'unmuted', 3_606], // in New York it was seven before
    ]);
  });

  it('a log that ends in the middle of the night of a clock change goes on as any other', () => {
    const start = Date.parse('2026-10-25T00:30:00Z'); // 02:30 in Berlin, for the first time
    const { alerting, alerts } = run(simple(25, "    schedule: { timeZone: subject, from: '03:00', to: '04:00' }\n"));
    for (let index = 0; index < 2400; index++) {
      alerting.onEstimate(estimateAt(index, { rrPerMinute: 30, timeZone: 'Europe/Berlin' }, start));
    }
    expect(alerts().map(({ state, at }) => [state, new Date(at).toISOString()])).toEqual([
      ['suppressed', '2026-10-25T00:30:15.000Z'],
      ['firing', '2026-10-25T02:00:00.000Z'], // three o'clock comes an hour later than it seems
    ]);
  });
});

describe('limits from the person', () => {
  it('are compared with their own baseline once there is one', () => {
    const { alerting, alerts } = run(simple(0).replace('above: 0', 'above: 1.4 x baseline'));
    const day = 86_400_000;
    for (let at = 0; at < 9; at++) {
      for (let index = 0; index < 140; index++) {
        alerting.onEstimate(estimateAt(index, { rrPerMinute: 14, sessionId: `day-${at}` }, at * day));
      }
    }
    expect(alerts()).toEqual([]);
    for (let index = 0; index < 60; index++) {
      alerting.onEstimate(estimateAt(index, { rrPerMinute: index < 40 ? 19 : 20, sessionId: 'now' }, 9 * day));
    }
    expect(alerts()).toMatchObject([
      { state: 'firing', baselinePerMinute: 14, condition: 'above 1.4 x baseline', value: 20 },
    ]);
  });
});
