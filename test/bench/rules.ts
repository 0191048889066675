import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Alerting, type AlertingOptions, type RuleSet, compileRules, parseRules } from '#libs/alert-rules';
import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';
import { sampleEstimate } from '../support/sample-estimate.js';
import { type Timing, compare, cpuMs, report, rounded } from './measure.js';

const SUBJECTS = 1_000;
const WINDOWS_A_ROUND = 20;
const MANY_SUBJECTS = 10_000;
const MANY_RULES = 100;

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

const compiled = (rules: readonly string[]): RuleSet =>
  compileRules(parseRules([{ file: 'bench.yaml', text: `rules:${rules.join('')}` }]));

/** 100 rules over five pools: three spans at rest, one while active, one of a device. */
function manyRules(): RuleSet {
  const pools = [
    ['60s', '{ restState: [rest] }'],
    ['2m', '{ restState: [rest] }'],
    ['5m', '{ restState: [rest] }'],
    ['60s', '{ restState: [active] }'],
    ['60s', '{ device: [bench*] }'],
  ] as const;
  return compiled(
    Array.from({ length: MANY_RULES }, (_, index) => {
      const [span, select] = pools[index % pools.length] as (typeof pools)[number];
      return heavyRule(`rule-${index}`, span, 22 + (index % 20), select);
    }),
  );
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
  send(alerting: Alerting, windows: number): void {
    for (let round = 0; round < windows; round++, this.window++) {
      for (const estimate of this.estimates) {
        this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
        estimate.windowStart = this.window * 3_000;
        estimate.startSample = this.window * 3 * ANALYSIS_RATE_HZ;
        estimate.rrPerMinute = 12 + (this.state >>> 24) / 32;
        estimate.quality = (this.state >>> 16) % 7 === 0 ? 'noisy' : 'ok';
        alerting.onEstimate(estimate);
      }
    }
  }
}

function task(set: RuleSet, options: AlertingOptions, subjects = SUBJECTS, windows = WINDOWS_A_ROUND): () => void {
  const fleet = new Fleet(subjects);
  const alerting = new Alerting(set, () => undefined, options);
  return () => fleet.send(alerting, windows);
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
    many: task(manyRules(), {}, MANY_SUBJECTS, 1),
  };
  const timings = await compare(tasks, cpuMs);
  const estimates = SUBJECTS * WINDOWS_A_ROUND;
  report(`one rule, ${estimates} estimates of ${SUBJECTS} people`, timings.one);
  report('the same over a span of 1 h', timings.hour);
  report('one rule with aggregates and episodes', timings.withPooling);
  report(`${MANY_RULES} rules, ${MANY_SUBJECTS} estimates of as many people`, timings.many);
  return {
    oneRuleEstimatesPerCpuSecond: perCpuSecond(timings.one, estimates),
    oneRuleOverAnHourEstimatesPerCpuSecond: perCpuSecond(timings.hour, estimates),
    oneRuleWithPoolingEstimatesPerCpuSecond: perCpuSecond(timings.withPooling, estimates),
    manyRules: MANY_RULES,
    manySubjects: MANY_SUBJECTS,
    manyEstimatesPerCpuSecond: perCpuSecond(timings.many, MANY_SUBJECTS),
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
    fleet.send(alerting, 200);
    collect();
    const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    return Math.round((after - before) / alerting.subjectCount);
  };
  const [ofOne, ofMany] = [bytesPerSubject(compiled([heavyRule('one', '60s')])), bytesPerSubject(manyRules())];
  return {
    bytesPerSubjectOneRule: ofOne,
    bytesPerSubjectManyRules: ofMany,
    bytesPerSubjectAndRule: Math.round((ofMany - ofOne) / (MANY_RULES - 1)),
  };
}
