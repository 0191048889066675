import { compileRules, parseRules } from '#libs/alert-rules';
import type { BreathEstimate } from '#libs/contracts';
import { describe, expect, test } from 'vitest';
import { sampleEstimate } from '../../../test/support/sample-estimate.js';
import { setWithout } from './ablations.js';
import { type AlertSpan, onlyIn, spansOf } from './alert-spans.js';
import { warningsOf } from './print-report.js';
import { alertsOver } from './replay.js';
import { reportOf } from './report.js';
import { receivedMs } from './stored-windows.js';

const MINUTE = 60_000;

const RULES = `
rules:
  - id: fast
    description: fast for two minutes
    severity: warning
    signal: { kind: rate, span: 60s }
    when: { above: 25 }
    for: 2m
    clearWhen: { below: 22 }
    clearFor: 1m
    onGap: resolve
    gapGrace: 5m
  - id: silent
    description: nothing came for an hour
    severity: info
    signal: { kind: received-share, span: 1h }
    when: { below: 0.001 }
`;
const named = parseRules([{ file: 'r.yaml', text: RULES }]);

/** Windows of 6 s every 3 s: minutes at a rate, one part after another; null is silence. */
function windowsAt(...parts: [minutes: number, rate: number | null][]): BreathEstimate[] {
  const windows: BreathEstimate[] = [];
  let atMs = 0;
  for (const [minutes, rate] of parts) {
    const untilMs = atMs + minutes * MINUTE;
    for (; atMs < untilMs; atMs += 3_000)
      if (rate !== null)
        windows.push(sampleEstimate('anna', atMs / 3_000, 0, { rrPerMinute: rate, restState: 'rest' }));
  }
  return windows;
}

const told = (windows: BreathEstimate[], rules = compileRules(named), untilMs = 60 * MINUTE) =>
  spansOf(alertsOver(windows, rules, untilMs), untilMs).filter(({ ruleId }) => ruleId === 'fast');

describe('rules over stored windows', () => {
  test('tell after `for`, and end when the rate has come down', () => {
    const [span, ...more] = told(windowsAt([10, 15], [5, 30], [10, 15])) as [AlertSpan];
    expect(more).toEqual([]);
    expect(span.startedAtMs / MINUTE).toBeCloseTo(10.5, 0);
    expect((span.toldAtMs - span.startedAtMs) / MINUTE).toBeCloseTo(2, 1);
    expect(span.endedAtMs / MINUTE).toBeGreaterThan(15.5);
    expect(span.endedAtMs / MINUTE).toBeLessThan(17.5);
  });

  test('judge silence behind the last window, also when it is the last of the range', () => {
    const [span] = told(windowsAt([10, 15], [5, 30])) as [AlertSpan];
    expect(span.endedAtMs / MINUTE).toBeGreaterThan(19.5);
    expect(span.endedAtMs / MINUTE).toBeLessThan(21.5);
    const silent = spansOf(alertsOver(windowsAt([1, 15]), compileRules(named), 5 * 60 * MINUTE), 5 * 60 * MINUTE);
    expect(silent.map(({ ruleId }) => ruleId)).toEqual(['silent']);
  });

  test('without a part they tell what it had kept from people', () => {
    const bursts = windowsAt([10, 15], [2, 30], [5, 15], [2, 30], [5, 15]);
    expect(told(bursts)).toEqual([]);
    expect(told(bursts, setWithout('for', named))).toHaveLength(2);
    const wavering = windowsAt([5, 15], [4, 30], [1.5, 23.5], [4, 30], [1.5, 23.5], [4, 30]);
    expect(told(wavering)).toHaveLength(1);
    expect(told(wavering, setWithout('hysteresis', named))).toHaveLength(3);
  });
});

const span = (ruleId: string, subjectId: string, from: number, to: number): AlertSpan => ({
  ruleId,
  subjectId,
  startedAtMs: (from - 2) * MINUTE,
  toldAtMs: from * MINUTE,
  endedAtMs: to * MINUTE,
});

test('two versions disagree where one is silent while the other tells', () => {
  const here = [span('fast', 'anna', 10, 20), span('fast', 'anna', 40, 50)];
  const there = [span('fast', 'anna', 15, 22), span('fast', 'ben', 40, 50)];
  expect(onlyIn(here, there)).toEqual([here[1]]);
  expect(onlyIn(there, here)).toEqual([there[1]]);
});

test('the report counts per rule and person, and what each part suppressed', () => {
  const spans = [span('fast', 'anna', 10, 20), span('fast', 'anna', 40, 44), span('fast', 'ben', 5, 6)];
  const without = new Map([['for', [...spans, span('fast', 'ben', 50, 51)]]] as const);
  const week = 7 * 24 * 60 * MINUTE;
  const [fast] = reportOf(['fast'], spans, without, new Map([['anna', week], ['ben', week]])); // prettier-ignore
  expect(fast).toMatchObject({ alerts: 3, perPersonWeek: 1.5, totalMinutes: 15, medianMinutes: 4 });
  expect(fast).toMatchObject({ medianMinutesToAlert: 2, suppressedBy: { for: 1 } });
  expect(fast?.people.map(({ subjectId, alerts }) => [subjectId, alerts])).toEqual([['anna', 2], ['ben', 1]]); // prettier-ignore
});

test('a rule that is heard all the time is warned about', () => {
  const spans = Array.from({ length: 90 }, (_, n) => span('fast', 'anna', 2 * n, 2 * n + 1));
  const reports = reportOf(['fast'], spans, new Map(), new Map([['anna', 3 * 60 * MINUTE]]));
  expect(warningsOf(reports)).toEqual([expect.stringContaining('fast: 30.0 alerts per person and hour')]);
  expect(warningsOf(reportOf(['fast'], spans.slice(0, 2), new Map(), new Map([['anna', 3 * 60 * MINUTE]])))).toEqual(
    [],
  );
});

test('received sound is the union of the windows', () => {
  expect(receivedMs(windowsAt([1, 15], [1, null], [1, 15]))).toBe(2 * (MINUTE + 3_000));
});
