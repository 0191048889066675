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
