import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOPICS, encode } from '#libs/contracts';
import { LogProducer, type OutgoingRecord, createKafka } from '#libs/messaging';
import { createLogger } from '#libs/platform';
import { apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.js';
import { describeIf } from '../support/describe-if.js';
import { sampleEstimate } from '../support/sample-estimate.js';
import { Stack, eventually, root } from '../support/stack.js';

const PARTITIONS = 8;
/** Heavy breathing began so long ago that ten minutes of it end now. */
const STARTED_AT = Date.now() - 600_000;

const rulesAbove = (ratePerMinute: number): string => `
rules:
  - id: fast
    description: Fast breathing
    severity: warning
    signal: { kind: rate }
    when: { above: ${ratePerMinute} }
    for: 2m
`;

interface Alert {
  alertId: string;
  ruleId: string;
  state: string;
  reason: string;
  late: boolean;
  ratePerMinute: number;
}

const VERSION = '4.1.0';
const noJars = apacheKafkaMissing(VERSION);

describe('rules in force', () => alertingOn(() => Promise.resolve(undefined)));

describeIf(noJars === undefined, noJars ?? '', `rules in force on Apache Kafka ${VERSION}`, () =>
  alertingOn(() => startApacheKafka(VERSION)),
);

/** @param startBroker of another Kafka than the local one */
function alertingOn(startBroker: () => Promise<{ brokers: string; stop(): Promise<unknown> } | undefined>): void {
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-rules-'));
  let stack: Stack;
  let producer: LogProducer;
  let broker: Awaited<ReturnType<typeof startBroker>>;

  beforeAll(async () => {
    broker = await startBroker();
    const settings: Record<string, string> = broker ? { KAFKA_BROKERS: broker.brokers } : {};
    stack = await Stack.start(['alerter', 'recorder', 'api'], {
      LOG_LEVEL: 'warn',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      ...settings,
    });
    producer = new LogProducer(createKafka([stack.kafkaBrokers], 'test', createLogger('test', 'silent')));
  });
  afterAll(async () => {
    await producer?.disconnect();
    await stack?.stop();
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs beside the test, whose connections must go on. */
  function rules(...args: string[]): Promise<{ status: number | null; output: string; last: unknown }> {
    const child = spawn(process.execPath, ['tools/run.mjs', 'rules', ...args], {
      cwd: root,
      env: { ...stack.environment(), INIT_CWD: folder },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    return new Promise((resolve) =>
      child.once('close', (status) => {
        const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
        resolve({ status, output, last: lastLine.startsWith('{') ? JSON.parse(lastLine) : lastLine });
      }),
    );
  }

  const put = (text: string) => writeFileSync(join(folder, 'rules.yaml'), text);

  const windows = (subjectId: string, from: number, to: number, ratePerMinute: number): OutgoingRecord[] =>
    Array.from({ length: to - from }, (_, n) => {
      const estimate = sampleEstimate(subjectId, from + n, STARTED_AT, { rrPerMinute: ratePerMinute });
      return { topic: TOPICS.estimates, key: subjectId, value: encode('BreathEstimate', estimate) };
    });

  const watermarks = (): OutgoingRecord[] =>
    Array.from({ length: PARTITIONS }, (_, partition) => {
      const value = encode('Watermark', { processedThrough: Date.now(), caughtUp: true });
      return { topic: TOPICS.estimates, partition, key: null, value };
    });

  async function get<T>(path: string): Promise<T> {
    return (await (await fetch(stack.url('api') + path)).json()) as T;
  }

  const alertsOf = (subjectId: string, isThere: (found: Alert[]) => boolean) =>
    eventually(
      `alerts of ${subjectId}`,
      async () => (await get<{ alerts?: Alert[] }>(`/v1/alerts?subjectId=${subjectId}`)).alerts ?? [],
      isThere,
      60_000,
    );

  const inForceEverywhere = (version: number) =>
    eventually(
      `version ${version} in every partition`,
      () => stack.metric('alerter', 'eupnea_alerter_rules_version'),
      (sum) => sum === PARTITIONS * version,
      60_000,
    );

  test('alert without a restart, are changed while an alert fires, and a broken set changes nothing', async () => {
    put(rulesAbove(25));
    expect(await rules('apply', '.')).toMatchObject({ status: 0, last: { version: 1, files: 1, rules: 1 } });
    await inForceEverywhere(1);

    await producer.append([...windows('anna', 0, 190, 31), ...windows('bert', 0, 190, 15), ...watermarks()]);
    const [alert] = await alertsOf('anna', ([first]) => first !== undefined);
    expect(alert).toMatchObject({ ruleId: 'fast', state: 'firing', reason: 'sustained', ratePerMinute: 31 });
    const { rates } = await eventually(
      'rates',
      () => get<{ rates?: object[] }>('/v1/subjects/anna/rates'),
      (answer) => (answer.rates?.length ?? 0) >= 8,
      60_000,
    );
    expect(rates?.[1]).toMatchObject({ ratePerMinute: 31, coverage: 1, restState: 'rest' });
    expect(await get('/v1/subjects/anna/episodes')).toMatchObject({ episodes: [{ state: 'open', peakPerMinute: 31 }] });
    expect(await alertsOf('bert', () => true)).toEqual([]);

    put(rulesAbove(25).replace('severity', 'severty'));
    const refused = await rules('apply', '.');
    expect(refused.status).toBe(1);
    expect(refused.output).toContain("rules.yaml:5: unknown key 'rules.0.severty'");
    expect(await rules('show')).toMatchObject({ status: 0, last: { version: 1, files: ['rules.yaml'] } });

    put(rulesAbove(40));
    expect(await rules('apply', '.', '--author', 'somebody')).toMatchObject({ last: { version: 2 } });
    expect(await rules('apply', '.')).toMatchObject({ status: 0, last: { version: 2 } }); // the same again changes nothing
    await inForceEverywhere(2);
    await alertsOf('anna', ([first]) => first?.state === 'resolved' && first.reason === 'rule-changed');
    expect((await rules('show')).last).toMatchObject({ version: 2, author: 'somebody' });
  });

  test('are there for an alerter that starts anew, and nothing is told twice', async () => {
    const before = await alertsOf('anna', ([first]) => first?.state === 'resolved');
    await stack.kill('alerter');
    await stack.run('alerter');
    await producer.append([...windows('carl', 0, 190, 45), ...watermarks()]);
    expect(await alertsOf('carl', ([first]) => first !== undefined)).toMatchObject([{ state: 'firing' }]);
    expect(await alertsOf('anna', () => true)).toEqual(before);
  });

  test('what no column can hold is set aside by the recorder and counts for nobody', async () => {
    const odd = sampleEstimate('dora', 0, STARTED_AT, { rrPerMinute: Number.NaN });
    const value = encode('BreathEstimate', odd);
    await producer.append([{ topic: TOPICS.estimates, key: 'dora', value }, ...windows('dora', 1, 190, 45), ...watermarks()]); // prettier-ignore
    expect(await alertsOf('dora', ([first]) => first !== undefined)).toMatchObject([{ state: 'firing' }]);
    expect(await stack.metric('alerter', 'eupnea_alerter_refused_records_total')).toBe(1);
  });

  test('an unreachable broker is told with what to do', async () => {
    stack.set('KAFKA_BROKERS', '127.0.0.1:1');
    const { status, output } = await rules('show');
    expect(status).toBe(1);
    expect(output).toContain('KAFKA_UNAVAILABLE');
    expect(output).toContain('npm start');
  });
}
