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
      { weight: 2, arbitrary: fc.constant({ seconds: (21 * DAY_MS) / 1000 }) },
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

interface Kept {
  subjectId: string;
  asOf: number;
  text: string | null;
}

/** The log with its checkpoints, commits, and all that was ever published. */
class World {
  readonly published = new Map<number, Set<string>>();
  /** In the order in which they arrived in the topic; null was a tombstone. */
  private readonly checkpoints = new Map<string, Kept[]>();
  /** Written, but not yet there. */
  private readonly underWay: Kept[] = [];
  private readonly ruleChanges = new Map<number, RuleSetChange>();
  private committed: { low: number; metadata: string } | undefined;

  constructor(private readonly log: readonly EstimatesRecord[]) {}

  /** A life of an owner; what it wrote and no commit covers may arrive when the next life is over, as a zombie's. */
  live({ checkpointEvery, most, commits, isLate }: Omit<Life, 'share'>, toOffset: number): void {
    const fromZombies = this.underWay.splice(0);
    this.work(toOffset, checkpointEvery, most, commits);
    fromZombies.forEach((write) => this.arrive(write));
    if (!isLate) this.underWay.splice(0).forEach((write) => this.arrive(write));
  }

  private work(toOffset: number, checkpointEvery: number, most: number, commits: boolean): void {
    const alive = [...this.checkpoints.values()].flatMap((kept) => {
      const newest = kept.reduce<Kept | undefined>(
        (best, one) => (one.asOf >= (best?.asOf ?? 0) ? one : best),
        undefined,
      );
      return newest?.text ? [JSON.parse(newest.text) as SubjectCheckpoint] : [];
    });
    const marks = this.committed && decodeAlertingMarks(this.committed.low, this.committed.metadata);
    const ruleSets = new RuleSets(this.ruleChanges.values());
    const alerting = new PartitionAlerting(ruleSets, alive, marks);
    for (let offset = alerting.startAt; offset < toOffset; offset++) {
      const { outputs, changed } = alerting.take(offset, this.log[offset] as EstimatesRecord);
      if (offset >= (marks?.high ?? 0)) this.publish(offset, outputs);
      if (changed && !this.ruleChanges.has(changed.version)) this.ruleChanges.set(changed.version, changed);
      if (offset % checkpointEvery !== 0) continue;
      const gone = alerting.takeForgotten(this.committed?.low ?? 0).map((one) => ({ ...one, text: null }));
      const saved = alerting.checkpoint(most, offset + 1);
      this.underWay.push(...gone, ...saved.map((one) => ({ ...one, text: JSON.stringify(one) })));
      if (!commits || offset + 1 === toOffset) continue; // a life may end in between
      this.underWay.splice(0).forEach((write) => this.arrive(write));
      this.commit(alerting.marksAt(offset + 1));
    }
  }

  private publish(offset: number, outputs: readonly unknown[]): void {
    const said = this.published.get(offset) ?? new Set();
    this.published.set(offset, said);
    for (const output of outputs) said.add(JSON.stringify(output));
  }

  private arrive(write: Kept): void {
    this.checkpoints.set(write.subjectId, [...(this.checkpoints.get(write.subjectId) ?? []), write]);
  }

  private commit(marks: AlertingMarks): void {
    this.committed = { low: marks.low, metadata: encodeAlertingMarks(marks) };
  }
}

interface Life {
  share: number;
  checkpointEvery: number;
  most: number;
  commits: boolean;
  isLate: boolean;
}

const lifeArbitrary: fc.Arbitrary<Life> = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  checkpointEvery: fc.integer({ min: 1, max: 6 }),
  most: fc.integer({ min: 0, max: 3 }),
  commits: fc.constantFrom(true, true, false),
  isLate: fc.boolean(),
});

describe('a partition that is resumed person by person', () => {
  it('says in the end what an uninterrupted reader says, wherever lives ended and whatever a zombie left', () => {
    fc.assert(
      fc.property(logArbitrary, fc.array(lifeArbitrary, { maxLength: 5 }), (log, lives) => {
        const world = new World(log);
        let reached = 0;
        for (const { share, ...life } of lives) {
          reached = Math.max(reached, Math.round(share * log.length));
          world.live(life, reached);
        }
        world.live({ checkpointEvery: 1, most: 1, commits: true, isLate: false }, log.length);
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

  it('begin no later than where somebody came back whose checkpoint may be gone by now', () => {
    const watermark = (seconds: number): EstimatesRecord => ({
      record: 'Watermark',
      value: { processedThrough: 1000 * seconds, caughtUp: true },
    });
    const first = new PartitionAlerting(new RuleSets());
    first.take(0, { record: 'BreathEstimate', value: estimateAt(0, { subjectId: 'anna' }) });
    first.take(1, watermark(7));
    const checkpoints = first.checkpoint(1, 2);
    const long = watermark(21 * 86_400);
    first.take(2, long);
    expect(first.takeForgotten(2)).toEqual([]); // who resumes there needs what anna was
    expect(first.takeForgotten(3)).toEqual([{ subjectId: 'anna', asOf: 3 }]); // the tombstone is under way
    const second = new PartitionAlerting(new RuleSets(), checkpoints, first.marksAt(3));
    second.take(2, long);
    expect(second.marksAt(3).low).toBe(3);
    second.take(3, { record: 'BreathEstimate', value: estimateAt(1, { subjectId: 'anna' }) });
    expect(second.marksAt(4)).toMatchObject({ low: 3, high: 4, context: { watermarkMs: 21 * DAY_MS } });
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
