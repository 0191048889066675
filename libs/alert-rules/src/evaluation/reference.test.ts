import type { BreathAlert, BreathEstimate } from '#libs/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseRules } from '../language/parse-rules.js';
import type { EstimateLogRecord } from '../rule-tests/series.js';
import { estimateAt } from '../testing/estimates.js';
import { type ReferenceAlert, referenceAlerts } from '../testing/reference.js';
import { Alerting, type AlertingOutput, type AlertingSnapshot } from './alerting.js';
import { type RuleSet, compileRules } from './rule-set.js';

const seconds = (...of: number[]) => fc.constantFrom(...of.map((value) => `${value}s`));
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

const condition = fc.constantFrom<Record<string, unknown>>(
  { signal: { kind: 'rate', span: '15s' }, when: { above: 25 }, clearWhen: { below: 20 } },
  { signal: { kind: 'rate', span: '12s', bound: 'lower' }, when: { above: 25 } },
  { signal: { kind: 'rate', span: '20s', bound: 'upper' }, when: { outside: [12, 40] }, clearWhen: { below: 36 } },
  { signal: { kind: 'heavy-share', span: '15s' }, when: { above: 0.5 }, clearWhen: { below: 0.3 } },
  { signal: { kind: 'probability', of: 'noise', span: '15s' }, when: { above: 0.4 } },
  { signal: { kind: 'coverage', span: '15s' }, when: { below: 0.4 }, clearWhen: { above: 0.6 } },
  { signal: { kind: 'received-share', span: '10s' }, when: { below: 0.5 } },
);

const ruleArbitrary = fc
  .record({
    condition,
    select: fc.record(
      {
        restState: fc.constantFrom(['rest'], ['rest', 'unknown']),
        device: fc.constant(['device']),
        quality: fc.constant(['ok', 'noisy']),
      },
      { requiredKeys: [] },
    ),
    for: seconds(0, 6, 15, 24),
    clearFor: seconds(0, 0, 6, 12),
    minCoverage: fc.constantFrom(0, 0.5, 0.8),
    onGap: fc.constantFrom('hold', 'resolve', 'alert'),
    gapGrace: seconds(0, 5, 12),
    keepFiring: seconds(0, 0, 15),
    cooldown: seconds(0, 0, 40),
    repeat: maybe(fc.constant('1m')),
    // The logs begin at midnight and last for minutes.
    schedule: maybe(
      fc.constantFrom({ timeZone: 'UTC', from: '00:01' }, { timeZone: 'subject', from: '23:00', to: '00:02' }),
    ),
  })
  .map(({ condition: what, ...rest }) => {
    const neverAbsent = ['coverage', 'received-share'].includes((what['signal'] as { kind: string }).kind);
    return { ...rest, ...what, onGap: neverAbsent && rest.onGap === 'alert' ? 'hold' : rest.onGap };
  });

const setArbitrary = fc.array(ruleArbitrary, { minLength: 1, maxLength: 2 }).map((drawn) => {
  const rules = drawn.map((rule, index) => ({
    id: `r${index}`,
    description: 'drawn',
    severity: 'warning',
    ...(index > 0 ? { inhibit: ['r0'] } : {}),
    ...rule,
  }));
  return compileRules(parseRules([{ file: 'r.yaml', text: stringify({ rules }) }]));
});

const partArbitrary = fc.record({
  windows: fc.integer({ min: 1, max: 9 }),
  rrPerMinute: fc.constantFrom(10, 22, 30, 34, 34, 34, 34),
  quality: fc.constantFrom<BreathEstimate['quality']>('ok', 'ok', 'ok', 'noisy', 'not_heard'),
  restState: fc.constantFrom<BreathEstimate['restState']>('rest', 'rest', 'rest', 'unknown', 'active'),
  pNoise: fc.constantFrom(0, 0.2, 0.8),
  device: fc.constantFrom('device', 'device', 'device', 'other'),
  modelVersion: fc.constantFrom('m1', 'm1', 'm1', 'm1', 'm2'),
  silent: fc.constantFrom(false, false, false, true),
  away: fc.boolean(),
});

const logArbitrary = fc
  .record({
    parts: fc.array(partArbitrary, { minLength: 1, maxLength: 9 }),
    // Estimates that are said once more, so many records later, and windows that come out of order.
    repeats: fc.array(fc.record({ of: fc.nat(200), after: fc.nat(30) }), { maxLength: 6 }),
    swaps: fc.array(fc.nat(200), { maxLength: 4 }),
  })
  .map(({ parts, repeats, swaps }) => {
    const log: EstimateLogRecord[] = [];
    let index = 0;
    for (const { windows, silent, away, device, ...changes } of parts) {
      for (let window = 0; window < windows; window++, index++) {
        if (!silent) {
          const value = estimateAt(index, { ...changes, deviceId: device, sessionId: device });
          log.push({ record: 'BreathEstimate', value });
        }
        // Every second window a watermark: of the log's clock, which is far from the person's.
        if (index % 2 === 1 && !(silent && away)) {
          log.push({ record: 'Watermark', value: { processedThrough: 9_000_000 + index * 3_000, caughtUp: true } });
        }
      }
    }
    for (const at of swaps) {
      const [first, second] = [log[at], log[at + 1]];
      if (first && second) log.splice(at, 2, second, first);
    }
    return { log, repeated: withRepeats(log, repeats) };
  });

function withRepeats(log: readonly EstimateLogRecord[], repeats: readonly { of: number; after: number }[]) {
  const repeated = [...log];
  for (const { of, after } of repeats) {
    const record = repeated[of];
    if (record) repeated.splice(Math.min(repeated.length, of + 1 + after), 0, record);
  }
  return repeated;
}

function run(log: readonly EstimateLogRecord[], set: RuleSet, restartAt: readonly number[] = []): AlertingOutput[] {
  const outputs: AlertingOutput[] = [];
  const emit = (output: AlertingOutput) => outputs.push(output);
  let alerting = new Alerting(set, emit);
  log.forEach(({ record, value }, index) => {
    if (restartAt.includes(index)) {
      const snapshot = JSON.parse(JSON.stringify(alerting.snapshot())) as AlertingSnapshot;
      alerting = Alerting.restore(snapshot, set, emit);
    }
    if (record === 'Watermark') alerting.onWatermark(value);
    else alerting.onEstimate(value);
  });
  return outputs;
}

const comparable = ({ alertId, ruleId, sequence, state, reason, startedAt, at }: BreathAlert): ReferenceAlert => ({
  alertId,
  ruleId,
  sequence,
  state,
  reason,
  startedAt,
  at,
});
const byRule = <T extends { ruleId: string }>(alerts: readonly T[]): T[] =>
  [...alerts].sort((a, b) => (a.ruleId < b.ruleId ? -1 : a.ruleId > b.ruleId ? 1 : 0));
const alertsIn = (outputs: readonly AlertingOutput[]): BreathAlert[] =>
  outputs.flatMap((output) => (output.record === 'BreathAlert' ? [output.value] : []));

const RUNS = 600;

describe('the incremental evaluator', () => {
  it('says what the whole-array reference says', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(logArbitrary, setArbitrary, ({ repeated }, set) => {
        const actual = byRule(alertsIn(run(repeated, set)).map(comparable));
        const wanted = byRule(referenceAlerts(repeated, 'anna', set));
        for (const { state, reason } of wanted)
          seen.set(`${state} ${reason}`, (seen.get(`${state} ${reason}`) ?? 0) + 1);
        expect(actual).toEqual(wanted);
      }),
      { numRuns: RUNS },
    );
    // The draws reach every way between the states.
    expect([...seen.keys()].sort()).toEqual([
      'firing gap',
      'firing repeat',
      'firing sustained',
      'firing unmuted',
      'resolved cleared',
      'resolved gap',
      'suppressed cooldown',
      'suppressed inhibited',
      'suppressed schedule',
    ]);
  }, 120_000);

  it('says the same whatever is said twice, and wherever it is restarted', () => {
    fc.assert(
      fc.property(
        logArbitrary,
        setArbitrary,
        fc.array(fc.nat(200), { maxLength: 5 }),
        ({ log, repeated }, set, cuts) => {
          const whole = run(log, set);
          expect(run(repeated, set)).toEqual(whole);
          expect(run(repeated, set, cuts)).toEqual(whole);
        },
      ),
      { numRuns: RUNS / 3 },
    );
  }, 120_000);
});
