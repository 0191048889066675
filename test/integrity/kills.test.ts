import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEAD_LETTER_HEADERS, TOPICS, decode, deadLetterTopic } from '#libs/contracts';
import type { LogRecord } from '#libs/messaging';
import { type ServiceName, Stack, eventually } from '../support/stack.js';
import { awkwardFleet, randomFrom } from './support/awkward-fleet.js';
import { STORED_ROWS, byIdentity, expectedFrom, parseRow, rowsOf } from './support/expected.js';
import { readTopic } from './support/read-topic.js';

const SEED = Number(process.env['EUPNEA_SEED'] ?? 20_261_123);
const KILLS = 5;
const SUBJECTS = 8;
const SENDING_MS = 75_000;

/** So that a killed member is missed soon; brokers allow no less. */
const SETTINGS = { KAFKA_SESSION_TIMEOUT_MS: '6000', LOG_LEVEL: 'warn' };

describe(`seed ${SEED} (set EUPNEA_SEED for another)`, () => {
  let stack: Stack;
  let kafka: Kafka;
  beforeAll(async () => {
    stack = await Stack.start(['estimator', 'recorder'], SETTINGS);
    kafka = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING });
  });
  afterAll(() => stack?.stop());

  /** Everything in the order of the log, in portions, over about the time that the kills take. */
  async function send(fleet: string, sendingMs: number): Promise<void> {
    const records = awkwardFleet(SEED, SUBJECTS, Date.now(), fleet);
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
    await producer.connect();
    const portion = Math.ceil(records.length / 100);
    for (let at = 0; at < records.length; at += portion) {
      await producer.send({ topic: TOPICS.audio, messages: records.slice(at, at + portion) });
      await sleep(sendingMs / 100);
    }
    await producer.disconnect();
  }

  /** A seeded while after it became ready, or before, as chance has it. */
  async function killAgainAndAgain(name: ServiceName, seed: number): Promise<void> {
    const random = randomFrom(seed);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(500 + 4_000 * random());
      await stack.kill(name, 'SIGKILL');
      stack.launch(name);
      if (random() < 0.8) await stack.ready(name);
    }
    await stack.ready(name);
  }

  test('The estimator and the recorder, killed with SIGKILL five times each during a replay, leave exactly the expected rows', async () => {
    await Promise.all([
      send('killed', SENDING_MS),
      killAgainAndAgain('estimator', SEED + 1),
      killAgainAndAgain('recorder', SEED + 2),
    ]);

    await expectExactlyTheRows(50);
  });

  test('A broker that dies and comes back costs nothing: both reconnect by themselves and leave exactly the expected rows', async () => {
    const estimator = stack.pid('estimator');
    const recorder = stack.pid('recorder');
    const sending = send('brokerless', 12_000);
    await sleep(4_000);
    await stack.kill('local-kafka', 'SIGKILL');
    await sleep(1_500);
    await stack.run('local-kafka');
    await sending;
    await expectExactlyTheRows(100);
    expect([stack.pid('estimator'), stack.pid('recorder')], 'the same processes').toEqual([estimator, recorder]);
  });

  test('what the crashes made the estimator publish again is the same, byte for byte', async () => {
    const payloads = new Map<string, Set<string>>();
    let published = 0;
    for (const { value } of await all(TOPICS.estimates)) {
      const decoded = decode(value, 'BreathEstimate', 'Watermark');
      if (decoded.kind !== 'ok' || decoded.value.record === 'Watermark') continue;
      published += 1;
      const { subjectId, sessionId, startSample } = decoded.value.value;
      const identity = `${subjectId}/${sessionId}/${startSample}`;
      payloads.set(identity, (payloads.get(identity) ?? new Set()).add(value?.toString('base64') ?? ''));
    }
    console.log(`${published} estimates published for ${payloads.size} windows`);
    expect([...payloads].filter(([, variants]) => variants.size > 1)).toEqual([]);
  });

  /** The store and the dead letters hold what an uninterrupted run over the same log gives. */
  async function expectExactlyTheRows(least: number): Promise<void> {
    const expected = await expectedFrom(await readTopic(kafka, TOPICS.audio));
    const wanted = rowsOf(expected.estimates);
    expect(wanted.length).toBeGreaterThan(least);
    expect(expected.deadLetters.length).toBeGreaterThan(5);
    expect(expected.dropped).toBeGreaterThan(5);

    const stored = await eventually(
      `${wanted.length} rows`,
      () => stack.rows<Record<string, string | number>>(STORED_ROWS),
      (rows) => rows.length >= wanted.length,
      90_000,
    );
    expect(stored.map(parseRow).sort(byIdentity)).toEqual(wanted);

    const letters = (await all(deadLetterTopic(TOPICS.audio))).map(({ headers }) => {
      const header = (name: string) => String(headers[name]);
      const { partition, offset, code } = DEAD_LETTER_HEADERS;
      return `${header(partition)}/${header(offset)} ${header(code)}`;
    });
    expect([...new Set(letters)].sort(), 'dead letters, each at least once').toEqual(expected.deadLetters);
  }

  const all = async (topic: string): Promise<LogRecord[]> => [...(await readTopic(kafka, topic)).values()].flat();
});
