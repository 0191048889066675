import type { RuleSetChange } from '#libs/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateAt } from '../testing/estimates.js';
import { Alerting } from '../evaluation/alerting.js';
import { type AlertingMarks, decodeAlertingMarks, encodeAlertingMarks } from './marks.js';
import { type EstimatesRecord, PartitionAlerting, type SubjectCheckpoint } from './partition-alerting.js';
import { RuleSets, readRuleSet } from './rule-sets.js';

const rules = (above: number) => `
rules:
  - id: fast
    description: Fast breathing
    severity: warning
    signal: { kind: rate, span: 10s }
    when: { above: ${above} }
    onGap: resolve
    gapGrace: 20s
  - id: silent
    description: Nothing comes
    severity: info
    signal: { kind: received-share, span: 10s }
    when: { below: 0.2 }
`;
const change = (version: number, text = rules(20 + version)): RuleSetChange => ({
  version,
  files: { 'r.yaml': text },
  author: 'somebody',
  changedAt: 0,
});

const BROKEN = 'rules: 7';
const DAY_MS = 86_400_000;

/** Several people at once, repeats and stale watermarks, changes of rules, stale and broken ones, and long silences. */
const logArbitrary = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.record({ who: fc.constantFrom('anna', 'bert', 'carl', 'dora'), rate: fc.constantFrom(10, 30), windows: fc.constantFrom(1, 1, 2, 4, 6) }) }, // prettier-ignore
      { weight: 5, arbitrary: fc.record({ seconds: fc.constantFrom(-60, -60, 0, 5, 5, 5, 40) }) },
      { weight: 1, arbitrary: fc.constant({ seconds: (21 * DAY_MS) / 1000 }) },
      { weight: 2, arbitrary: fc.record({ version: fc.integer({ min: 1, max: 5 }), broken: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ again: fc.nat(20) }) },
    ),
    { minLength: 5, maxLength: 60 },
  )
  .map((steps) => {
    const log: EstimatesRecord[] = [];
    let [index, clockMs] = [0, 1_000_000];
    for (const step of steps) {
      if ('who' in step) {
        for (let window = 0; window < step.windows; window++) {
          const value = estimateAt(index++, { subjectId: step.who, rrPerMinute: step.rate });
          log.push({ record: 'BreathEstimate', value });
        }
      } else if ('seconds' in step) {
        if (step.seconds > 0) clockMs += step.seconds * 1000;
        const processedThrough = clockMs + Math.min(0, step.seconds * 1000);
        log.push({ record: 'Watermark', value: { processedThrough, caughtUp: true } });
      } else if ('version' in step) {
        log.push({ record: 'RuleSetChange', value: change(step.version, step.broken ? BROKEN : undefined) });
      } else if (log.length > 0) log.push(log[Math.max(0, log.length - 1 - step.again)] as EstimatesRecord);
    }
    return log;
  });

/** What the evaluator of a whole partition says at each offset. */
function uninterrupted(log: readonly EstimatesRecord[]): string[][] {
  let said: string[] = [];
  let version = 0;
  const alerting = new Alerting(new RuleSets().get(0), (output) => said.push(JSON.stringify(output)));
  return log.map(({ record, value }) => {
    said = [];
    if (record === 'BreathEstimate') alerting.onEstimate(value);
    else if (record === 'Watermark') alerting.onWatermark(value);
    else if (value.version > version && value.files['r.yaml'] !== BROKEN) {
      alerting.changeRules(readRuleSet(value));
      version = value.version;
    }
    return said;
  });
}

/** The log with its checkpoints, commits, and all that was ever published. */
class World {
  readonly published = new Map<number, Set<string>>();
  private readonly checkpoints = new Map<string, string[]>();
  private readonly ruleChanges = new Map<number, RuleSetChange>();
  private committed: { low: number; metadata: string } | undefined;

  constructor(private readonly log: readonly EstimatesRecord[]) {}

  /** A life of an owner; `stale` says how old a checkpoint a zombie left behind. */
  live(toOffset: number, checkpointEvery: number, most: number, commits: boolean, stale: number): void {
    const checkpoints = [...this.checkpoints.values()].map((versions) => {
      const text = versions[Math.max(0, versions.length - 1 - stale)] as string;
      return JSON.parse(text) as SubjectCheckpoint | null;
    });
    const marks = this.committed && decodeAlertingMarks(this.committed.low, this.committed.metadata);
    const ruleSets = new RuleSets(this.ruleChanges.values());
    const alive = checkpoints.filter((one) => one !== null);
    const alerting = new PartitionAlerting(ruleSets, alive, marks);
    for (let offset = alerting.startAt; offset < toOffset; offset++) {
      const { outputs, changed } = alerting.take(offset, this.log[offset] as EstimatesRecord);
      if (offset >= (marks?.high ?? 0)) this.publish(offset, outputs);
      if (changed && !this.ruleChanges.has(changed.version)) this.ruleChanges.set(changed.version, changed);
      if (offset % checkpointEvery !== 0) continue;
      for (const subjectId of alerting.takeForgotten()) this.keep(subjectId, null);
      for (const one of alerting.checkpoint(most, offset + 1)) this.keep(one.subjectId, one);
      if (commits) this.commit(alerting.marksAt(offset + 1));
    }
  }

  private publish(offset: number, outputs: readonly unknown[]): void {
    const said = this.published.get(offset) ?? new Set();
    this.published.set(offset, said);
    for (const output of outputs) said.add(JSON.stringify(output));
  }

  private keep(subjectId: string, checkpoint: SubjectCheckpoint | null): void {
    const versions = this.checkpoints.get(subjectId) ?? [];
    this.checkpoints.set(subjectId, [...versions, JSON.stringify(checkpoint)]);
  }

  private commit(marks: AlertingMarks): void {
    this.committed = { low: marks.low, metadata: encodeAlertingMarks(marks) };
  }
}

const lifeArbitrary = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  checkpointEvery: fc.integer({ min: 1, max: 6 }),
  most: fc.integer({ min: 0, max: 3 }),
  commits: fc.constantFrom(true, true, false),
  stale: fc.constantFrom(0, 0, 0, 1, 3),
});

describe('a partition that is resumed person by person', () => {
  it('says in the end what an uninterrupted reader says, wherever lives ended and whatever a zombie left', () => {
    fc.assert(
      fc.property(logArbitrary, fc.array(lifeArbitrary, { maxLength: 5 }), (log, lives) => {
        const world = new World(log);
        let reached = 0;
        for (const { share, checkpointEvery, most, commits, stale } of lives) {
          reached = Math.max(reached, Math.round(share * log.length));
          world.live(reached, checkpointEvery, most, commits, stale);
        }
        world.live(log.length, 1, 1, true, 0);
        const wanted = uninterrupted(log);
        wanted.forEach((outputs, offset) => {
          expect([...(world.published.get(offset) ?? [])].sort()).toEqual([...outputs].sort());
        });
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);

  it('the draws raise alerts, change rules and forget people', () => {
    const reasons = new Set<string>();
    for (const log of fc.sample(logArbitrary, { numRuns: 200, seed: 1 })) {
      for (const text of uninterrupted(log).flat()) reasons.add(/"reason":"([\w-]+)"/.exec(text)?.[1] ?? '');
    }
    expect([...reasons]).toEqual(expect.arrayContaining(['sustained', 'cleared', 'gap', 'rule-changed', 'forgotten']));
  });
});

it('passes over what stands before a checkpoint', () => {
  const record: EstimatesRecord = { record: 'BreathEstimate', value: estimateAt(0) };
  const snapshot = { watermarkMs: null, subjects: {} };
  const checkpoint = { subjectId: 'anna', asOf: 5, rulesVersion: 0, snapshot };
  const alerting = new PartitionAlerting(new RuleSets(), [checkpoint], decodeAlertingMarks(9, undefined));
  expect(alerting.startAt).toBe(5);
  alerting.take(4, record);
  expect(alerting.checkpoint(1, 5)).toEqual([]); // it stands further than what was read
  alerting.take(5, { record: 'Watermark', value: { processedThrough: 1, caughtUp: true } });
  expect(alerting.checkpoint(1, 6)[0]?.snapshot.subjects).toEqual({});
});

describe('the marks', () => {
  it('begin with the first record of whoever has no checkpoint', () => {
    const alerting = new PartitionAlerting(new RuleSets());
    const send = (offset: number, subjectId: string) =>
      alerting.take(offset, { record: 'BreathEstimate', value: estimateAt(offset, { subjectId }) });
    alerting.take(0, { record: 'Watermark', value: { processedThrough: 7, caughtUp: true } });
    send(1, 'anna');
    alerting.take(2, { record: 'RuleSetChange', value: change(4) });
    send(3, 'bert');
    expect(alerting.marksAt(4)).toEqual({ low: 1, high: 4, context: { watermarkMs: 7, rulesVersion: 0 } });
    expect(alerting.checkpoint(1, 4)).toMatchObject([{ subjectId: 'anna', asOf: 4, rulesVersion: 4 }]);
    expect(alerting.marksAt(4)).toEqual({ low: 3, high: 4, context: { watermarkMs: 7, rulesVersion: 4 } });
    expect(alerting.checkpoint(9, 4)).toMatchObject([{ subjectId: 'bert' }]);
    expect(alerting.marksAt(4)).toEqual({ low: 4, high: 4, context: { watermarkMs: 7, rulesVersion: 4 } });
  });

  it('come back as they were, and foreign metadata is a plain position', () => {
    const marks = { low: 5, high: 9, context: { watermarkMs: 1_795_463_330_000, rulesVersion: 3 } };
    expect(decodeAlertingMarks(5, encodeAlertingMarks(marks))).toEqual(marks);
    const plain = { low: 5, high: 5, context: { watermarkMs: null, rulesVersion: 0 } };
    for (const metadata of [undefined, '', 'by hand', '1;2']) expect(decodeAlertingMarks(5, metadata)).toEqual(plain);
    const early = { low: 0, high: 0, context: { watermarkMs: null, rulesVersion: 0 } };
    expect(decodeAlertingMarks(0, encodeAlertingMarks(early))).toEqual(early);
  });
});
