import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { checkpointRecord } from '../../apps/alerter/src/checkpoint-record.js';
import {
  Alerting,
  type AlertingOptions,
  PartitionAlerting,
  type RuleSet,
  RuleSets,
  readRuleSet,
} from '#libs/alert-rules';
import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';
import { sampleEstimate } from '../support/sample-estimate.js';
import { type Timing, compare, cpuMs, report, rounded } from './measure.js';

const SUBJECTS = 1_000;
const WINDOWS_A_ROUND = 20;
const MANY_SUBJECTS = 10_000;
const MANY_RULES = 100;
const HOP_MS = 3_000;
/** The alerter's default. */
const CHECKPOINT_EVERY_MS = 120_000;

/** As the shipped rule of sustained heavy breathing, over any span. */
function heavyRule(id: string, span: string, above = 25, select = '{ restState: [rest] }'): string {
  return `
  - id: ${id}
    description: bench
    severity: warning
    select: ${select}
    signal: { kind: rate, bound: lower, span: ${span} }
    when: { above: ${above} }
    for: 5m
    clearWhen: { below: ${above - 3} }
    clearFor: 2m
    onGap: resolve`;
}

const filesOf = (rules: readonly string[]) => ({ 'bench.yaml': `rules:${rules.join('')}` });
const compiled = (rules: readonly string[]): RuleSet => readRuleSet({ files: filesOf(rules) });

/** 100 rules over five pools: three spans at rest, one while active, one of a device. */
function manyRules(): string[] {
  const pools = [
    ['60s', '{ restState: [rest] }'],
    ['2m', '{ restState: [rest] }'],
    ['5m', '{ restState: [rest] }'],
    ['60s', '{ restState: [active] }'],
    ['60s', '{ device: [bench*] }'],
  ] as const;
  return Array.from({ length: MANY_RULES }, (_, index) => {
    const [span, select] = pools[index % pools.length] as (typeof pools)[number];
    return heavyRule(`rule-${index}`, span, 22 + (index % 20), select);
  });
}

/** People who breathe at 12 to 20 /min, one window of each after the other; a seventh is not accepted. */
class Fleet {
  private window = 0;
  private state = 1;
  private readonly estimates: BreathEstimate[];

  constructor(subjects: number) {
    this.estimates = Array.from({ length: subjects }, (_, index) =>
      sampleEstimate(`subject-${index}`, 0, 0, { deviceId: `bench-${index}` }),
    );
  }

  /** Every person's next windows, one of each in turn, as they lie in a partition. */
  send(take: (estimate: BreathEstimate) => void, windows: number): void {
    for (let round = 0; round < windows; round++, this.window++) {
      for (const estimate of this.estimates) {
        this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
        estimate.windowStart = this.window * 3_000;
        estimate.startSample = this.window * 3 * ANALYSIS_RATE_HZ;
        estimate.rrPerMinute = 12 + (this.state >>> 24) / 32;
        estimate.quality = (this.state >>> 16) % 7 === 0 ? 'noisy' : 'ok';
        take(estimate);
      }
    }
  }
}

function task(set: RuleSet, options: AlertingOptions, subjects = SUBJECTS, windows = WINDOWS_A_ROUND): () => void {
  const fleet = new Fleet(subjects);
  const alerting = new Alerting(set, () => undefined, options);
  return () => fleet.send((estimate) => alerting.onEstimate(estimate), windows);
}

/** All that a partition costs the alerter but for the network: a window of each person, a watermark, the checkpoints due. */
function resumableTask(rules: readonly string[], subjects: number): () => void {
  const fleet = new Fleet(subjects);
  const partition = new PartitionAlerting(new RuleSets());
  let offset = 0;
  const change = { version: 1, files: filesOf(rules), author: 'bench', changedAt: 0 };
  partition.take(offset++, { record: 'RuleSetChange', value: change });
  let processedThrough = 0;
  return () => {
    fleet.send((value) => void partition.take(offset++, { record: 'BreathEstimate', value }), 1);
    processedThrough += HOP_MS;
    partition.take(offset++, { record: 'Watermark', value: { processedThrough, caughtUp: true } });
    const due = partition.checkpoint((subjects * HOP_MS) / CHECKPOINT_EVERY_MS, offset);
    for (const checkpoint of due) checkpointRecord(0, checkpoint);
  };
}

const perCpuSecond = ({ medianMs }: Timing, estimates: number): number => rounded((estimates / medianMs) * 1000);

/** Per second of CPU time: everything here is one thread. */
export async function run(): Promise<Record<string, unknown>> {
  const alone = { publishesPooling: false };
  const one = compiled([heavyRule('one', '60s')]);
  const tasks = {
    one: task(one, alone),
    hour: task(compiled([heavyRule('one', '1h')]), alone, SUBJECTS / 10, WINDOWS_A_ROUND * 10), // few, so that spans fill
    withPooling: task(one, {}),
    many: task(compiled(manyRules()), {}, MANY_SUBJECTS, 1),
    resumable: resumableTask(manyRules(), MANY_SUBJECTS),
  };
  const timings = await compare(tasks, cpuMs);
  const estimates = SUBJECTS * WINDOWS_A_ROUND;
  report(`one rule, ${estimates} estimates of ${SUBJECTS} people`, timings.one);
  report('the same over a span of 1 h', timings.hour);
  report('one rule with aggregates and episodes', timings.withPooling);
  report(`${MANY_RULES} rules, ${MANY_SUBJECTS} estimates of as many people`, timings.many);
  report('the same with watermarks and checkpoints, person by person', timings.resumable);
  return {
    oneRuleEstimatesPerCpuSecond: perCpuSecond(timings.one, estimates),
    oneRuleOverAnHourEstimatesPerCpuSecond: perCpuSecond(timings.hour, estimates),
    oneRuleWithPoolingEstimatesPerCpuSecond: perCpuSecond(timings.withPooling, estimates),
    manyRules: MANY_RULES,
    manySubjects: MANY_SUBJECTS,
    manyEstimatesPerCpuSecond: perCpuSecond(timings.many, MANY_SUBJECTS),
    manyResumableEstimatesPerCpuSecond: perCpuSecond(timings.resumable, MANY_SUBJECTS),
    manyNeededPerSecond: rounded(MANY_SUBJECTS / 3),
    ...memory(),
  };
}

/** Heap per person after ten minutes, with every rule and with one. */
function memory(): Record<string, number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const bytesPerSubject = (set: RuleSet): number => {
    const fleet = new Fleet(SUBJECTS);
    collect();
    const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const alerting = new Alerting(set, () => undefined);
    fleet.send((estimate) => alerting.onEstimate(estimate), 200);
    collect();
    const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    return Math.round((after - before) / alerting.subjectCount);
  };
  const [ofOne, ofMany] = [
    bytesPerSubject(compiled([heavyRule('one', '60s')])),
    bytesPerSubject(compiled(manyRules())),
  ];
  return {
    bytesPerSubjectOneRule: ofOne,
    bytesPerSubjectManyRules: ofMany,
    bytesPerSubjectAndRule: Math.round((ofMany - ofOne) / (MANY_RULES - 1)),
  };
}
