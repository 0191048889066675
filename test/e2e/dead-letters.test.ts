import { join } from 'node:path';
import { type Admin, type IHeaders, Kafka, Partitioners, type Producer, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEAD_LETTER_HEADERS, TOPICS, deadLetterTopic, decode, encode } from '#libs/contracts';
import { type LogRecord, ensureTopics, partitionerFor } from '#libs/messaging';
import { expectedOf } from '../integrity/oracle/expected.js';
import { recordsIn } from '../integrity/oracle/read-topic.js';
import { sampleChunk } from '../support/sample-chunk.js';
import { Stack, eventually, root, runCommand } from '../support/stack.js';
import { type Fate, awkwardInputs } from './support/awkward-inputs.js';

const PARTITIONS = 8;
const partitionOf = (key: string) => partitionerFor(PARTITIONS)(Buffer.from(key));
const SUBJECT = 'somebody';
const PARTITION = partitionOf(SUBJECT);
const ELSEWHERE = ['a', 'b', 'c', 'd'].find((name) => partitionOf(name) !== PARTITION) as string;
const DEAD = deadLetterTopic(TOPICS.audio);
const OWN_HEADERS = new Set<string>(Object.values(DEAD_LETTER_HEADERS));

let stack: Stack;
let kafka: Kafka;
let admin: Admin;
let producer: Producer;

beforeAll(async () => {
  stack = await Stack.start(['estimator'], { CLICKHOUSE_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'warn' });
  kafka = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING });
  producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
});
afterAll(async () => {
  await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  await stack?.stop();
});

const all = async (topic: string): Promise<LogRecord[]> => [...(await recordsIn(kafka, topic)).values()].flat();

/** Bytes of every estimate there is. */
const estimates = async () =>
  (await all(TOPICS.estimates))
    .filter(({ value }) => decode(value, 'BreathEstimate').kind === 'ok')
    .map(({ value }) => String(value?.toString('base64')));

const wantedFrom = async (log: Map<number, LogRecord[]>) =>
  (await expectedOf(log, join(root, 'models/default'))).estimates.map((estimate) =>
    encode('BreathEstimate', estimate).toString('base64'),
  );

/** All letters of the audio topic, once there are so many. */
const letters = (count: number) =>
  eventually(
    `${count} dead letters`,
    () => all(DEAD),
    (found) => found.length >= count,
    120_000,
  );

const caseOf = ({ headers }: { headers: IHeaders }) => String(headers['case']);

const counted = async (metric: string): Promise<Record<string, number>> => {
  const text = await (await fetch(`${stack.url('estimator')}/metrics`)).text();
  const found = text.matchAll(new RegExp(`^${metric}\\{.*(?:code|reason|kind)="(\\w+)".*\\} (\\d+)$`, 'gm'));
  return Object.fromEntries([...found].map(([, label, value]) => [label as string, Number(value)]));
};

/** Records that the estimator has dealt with. */
const taken = async (): Promise<number> => {
  const text = await (await fetch(`${stack.url('estimator')}/metrics`)).text();
  return Number(/^eupnea_chunks_total\S* (\d+)$/m.exec(text)?.[1]);
};

const count = (fates: Fate[]): Record<string, number> =>
  fates.reduce<Record<string, number>>((counts, fate) => ({ ...counts, [fate]: (counts[fate] ?? 0) + 1 }), {});

const command = async (...parameters: string[]) => {
  const { status, stdout, stderr } = await runCommand(
    ['dist/apps/dead-letters/src/main.js', ...parameters],
    stack.environment(),
  );
  return { status, stderr, lines: stdout.trim().split('\n') };
};
const lastLine = ({ lines }: { lines: string[] }) => JSON.parse(lines[lines.length - 1] as string) as object;

describe('bad and awkward input', () => {
  const inputs = awkwardInputs(SUBJECT, ELSEWHERE, Date.now());
  const fates = inputs.flatMap(({ records }) => records.map(({ fate }) => fate));
  const dead = inputs.flatMap(({ name, records }) =>
    records.filter(({ fate }) => /^[A-Z_]+$/.test(fate)).map((record) => ({ name, ...record })),
  );
  let found: LogRecord[];

  beforeAll(async () => {
    const startedAt = Date.now() - 600_000;
    const messages = inputs.flatMap(({ name, records }, second) => {
      const neighbour = { sessionId: 'neighbour', sessionStartedAt: startedAt, sampleOffset: second * 16_000 };
      const chunk = sampleChunk(SUBJECT, 1, { ...neighbour, endOfSession: second === inputs.length - 1 });
      return [
        { key: SUBJECT, value: encode('AudioChunk', chunk), headers: { case: 'neighbour' } },
        ...records.map(({ sent }) => ({
          ...sent,
          headers: { ...sent.headers, case: name, several: ['a', 'b'] },
        })),
      ];
    });
    for (const message of messages) {
      await producer.send({ topic: TOPICS.audio, messages: [{ ...message, partition: PARTITION }] });
    }
    found = await letters(dead.length);
  });

  test.each(dead)('$fate: $name', ({ name, fate, sent }) => {
    const [letter, ...more] = found.filter((candidate) => caseOf(candidate) === name);
    expect(more).toEqual([]);
    expect(String(letter?.headers[DEAD_LETTER_HEADERS.code])).toBe(fate);
    expect(String(letter?.headers[DEAD_LETTER_HEADERS.message])).not.toBe('');
    expect(letter?.value?.toString('base64')).toBe(sent.value?.toString('base64'));
    expect(letter?.key?.toString() ?? null).toBe(sent.key);
    const headers = Object.keys(letter?.headers ?? {}).filter((header) => !OWN_HEADERS.has(header));
    expect(headers.sort()).toEqual([...Object.keys(sent.headers ?? {}), 'case', 'several'].sort());
    expect(letter?.headers['several']).toEqual([Buffer.from('a'), Buffer.from('b')]);
  });

  test('nothing else is set aside, and everything is counted by its code or reason', async () => {
    const wanted = count(fates.filter((fate) => fate !== 'ok'));
    const counters = await eventually(
      'the counters',
      async () => ({
        ...(await counted('eupnea_dead_letters_total')),
        ...(await counted('eupnea_dropped_chunks_total')),
        ...(await counted('eupnea_irregular_chunks_total')),
      }),
      (counts) => Object.keys(counts).length >= Object.keys(wanted).length,
    );
    expect(counters).toEqual(wanted);
    expect(found).toHaveLength(dead.length);
  });

  test('its neighbours have the estimates that they have without it', async () => {
    const log = await recordsIn(kafka, TOPICS.audio);
    const good = new Map(
      [...log].map(([partition, records]) => [partition, records.filter((one) => caseOf(one) === 'neighbour')]),
    );
    const alone = await wantedFrom(good);
    expect(alone.length).toBeGreaterThan(5);
    const wanted = await wantedFrom(log);
    const published = await eventually('the estimates', estimates, (seen) => seen.length >= wanted.length);
    expect([...published].sort()).toEqual([...wanted].sort());
    expect(published).toEqual(expect.arrayContaining(alone));
  });

  test('is listed with its reasons, and never with its sound', async () => {
    const listed = await command('list', '--json');
    expect(listed.status, listed.stderr).toBe(0);
    expect(lastLine(listed)).toMatchObject({ letters: dead.length, redriven: 0 });
    const codes = listed.lines.slice(0, -1).map((line) => (JSON.parse(line) as { code: string }).code);
    expect(codes.sort()).toEqual(dead.map(({ fate }) => fate).sort());
    const some = await command('list', '--topic', TOPICS.audio, '--code', 'WRONG_KEY');
    expect(some.lines).toHaveLength(3);
    expect(some.lines[0]).toContain(`${TOPICS.audio}/${PARTITION}/`);
    expect(some.lines.join('\n')).toContain('the key must be the subjectId');
  });

  test('is sent again once, whole, to the partition of its key', async () => {
    expect(lastLine(await command('redrive', '--code', 'WRONG_PARTITION', '--dry-run'))).toMatchObject({ redriven: 1 });
    expect(lastLine(await command('redrive', '--code', 'WRONG_PARTITION'))).toMatchObject({ redriven: 1, tooLarge: 0 });
    expect(lastLine(await command('redrive', '--code', 'WRONG_PARTITION'))).toMatchObject({ redriven: 0 });
    const sent = (await all(TOPICS.audio)).filter((record) => caseOf(record) === 'a key of another partition');
    expect(sent.map(({ partition }) => partition).sort()).toEqual([PARTITION, partitionOf(ELSEWHERE)].sort());
    const [before, after] = sent.map(({ key, value, headers }) => ({ key, value, headers }));
    expect(after).toEqual(before);
    const wanted = await wantedFrom(await recordsIn(kafka, TOPICS.audio));
    await eventually('its estimate', estimates, (seen) => seen.length === wanted.length);
  });

  test('sent again although nobody remembers that it was, it changes nothing', async () => {
    const before = await estimates();
    await admin.deleteGroups(['eupnea-dead-letters-redrive-WRONG_PARTITION']);
    expect(lastLine(await command('redrive', '--code', 'WRONG_PARTITION'))).toMatchObject({ redriven: 1 });
    const sent = (await all(TOPICS.audio)).length;
    await eventually('the repeat', taken, (records) => records >= sent);
    expect(new Set(await estimates())).toEqual(new Set(before));
  });

  test.each([
    [['redrive', '--code', 'NO_SUCH_CODE'], 'NO_SUCH_CODE is no error code'],
    [['redrive'], '--code'],
    [['list', '--topic', 'nowhere'], 'nowhere has no dead letters'],
  ])('%j is refused as USAGE', async (parameters, message) => {
    const { status, stderr } = await command(...parameters);
    expect(status).not.toBe(0);
    expect(stderr).toContain('USAGE');
    expect(stderr).toContain(message);
  });
});

test('a device whose clock was refused loses nothing once the limit is mended and its letters are sent again', async () => {
  const before = (await all(DEAD)).length;
  const sessionStartedAt = Date.now() - 8 * 24 * 3_600_000;
  const chunks = Array.from({ length: 14 }, (_, second) =>
    sampleChunk('late', 1, { sessionStartedAt, sampleOffset: second * 16_000, endOfSession: second === 13 }),
  );
  const messages = chunks.map((chunk) => ({ key: 'late', value: encode('AudioChunk', chunk) }));
  await producer.send({ topic: TOPICS.audio, messages });
  await letters(before + chunks.length);

  const settings = { CLOCK_BEHIND_SECONDS: String(9 * 24 * 3_600) };
  await stack.kill('estimator', 'SIGTERM');
  await stack.run('estimator', settings);
  const sent = lastLine(await command('redrive', '--code', 'CLOCK_OUT_OF_RANGE'));
  expect(sent).toMatchObject({ redriven: chunks.length + 2 });
  const windows = () =>
    all(TOPICS.estimates).then((records) =>
      records.flatMap(({ value }) => {
        const decoded = decode(value, 'BreathEstimate');
        return decoded.kind === 'ok' && decoded.value.value.subjectId === 'late'
          ? [decoded.value.value.startSample]
          : [];
      }),
    );
  const found = await eventually('its windows', windows, (seen) => seen.length >= 4);
  expect(found).toEqual([0, 48_000, 96_000, 144_000]);
  expect((await letters(before + chunks.length + 2)).slice(-1)).toHaveLength(1); // those of years ago, again
});

describe('dead letters expire with what they came from', () => {
  const configOf = async (name: string, ...configNames: string[]) => {
    const resources = [{ type: 2, name, configNames }];
    const answer = await admin.describeConfigs({ includeSynonyms: false, resources });
    const entries = answer.resources[0]?.configEntries ?? [];
    return configNames.map((wanted) => entries.find(({ configName }) => configName === wanted)?.configValue);
  };
  const make = (topic: string, retentionMs: number) =>
    admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: PARTITIONS,
          configEntries: [
            { name: 'message.timestamp.type', value: 'LogAppendTime' },
            { name: 'retention.ms', value: String(retentionMs) },
          ],
        },
      ],
    });

  test('audio after a day, and within an hour more, however few they are', async () => {
    for (const topic of [TOPICS.audio, DEAD]) {
      expect(await configOf(topic, 'retention.ms', 'segment.ms')).toEqual(['86400000', '3600000']);
    }
  });

  test('or as soon as the operator says', async () => {
    const dead = deadLetterTopic(TOPICS.simulatorTruth);
    await make(TOPICS.simulatorTruth, 3_600_000);
    await ensureTopics(kafka, [TOPICS.simulatorTruth, dead]);
    expect(await configOf(dead, 'retention.ms', 'message.timestamp.type')).toEqual(['3600000', 'LogAppendTime']);
  });

  test('and a topic that would keep them longer is refused', async () => {
    await make('longer', 3_600_000);
    await make('longer.dead', 3_600_001);
    await expect(ensureTopics(kafka, ['longer', 'longer.dead'])).rejects.toThrow(
      'longer.dead has retention.ms=3600001',
    );
  });
});
