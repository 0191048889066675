import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IHeaders, Kafka, Partitioners, type Producer, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEAD_LETTER_HEADERS, TOPICS, deadLetterTopic, encode } from '#libs/contracts';
import { describeIf } from '../support/describe-if.js';
import { sampleChunk } from '../support/sample-chunk.js';
import { Stack, eventually } from '../support/stack.js';

const kcatAnswers = spawnSync('kcat', ['-V']).status === 0;

let stack: Stack;
let kafka: Kafka;
let producer: Producer;

beforeAll(async () => {
  stack = await Stack.start(['estimator', 'recorder']);
  kafka = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING });
  producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
});
afterAll(async () => {
  await producer?.disconnect();
  await stack?.stop();
});

/** The rows of a subject, once there are any. */
const rowsOf = (subjectId: string) =>
  eventually(
    `a row of ${subjectId}`,
    () =>
      stack.rows<{ window_seconds: number }>(
        'SELECT window_seconds FROM eupnea.estimates FINAL WHERE subject_id = {subjectId:String}',
        { subjectId },
      ),
    (rows) => rows.length > 0,
  );

test('a chunk produced by a plain kafkajs script ends up as a row', async () => {
  await producer.send({
    topic: TOPICS.audio,
    messages: [{ key: 'by-kafkajs', value: encode('AudioChunk', sampleChunk('by-kafkajs', 5)) }],
  });
  expect(await rowsOf('by-kafkajs')).toEqual([{ window_seconds: 5 }]);
});

describeIf(kcatAnswers, 'kcat is not installed', 'a librdkafka client', () => {
  test('a chunk produced by kcat ends up as a row', async () => {
    const file = join(stack.home, 'chunk.avro');
    writeFileSync(file, encode('AudioChunk', sampleChunk('by-kcat', 5)));
    const sent = spawnSync('kcat', [
      ...['-P', '-b', stack.kafkaBrokers, '-t', TOPICS.audio, '-k', 'by-kcat'],
      ...['-X', 'topic.partitioner=murmur2_random', file],
    ]);
    expect(sent.status, String(sent.stderr)).toBe(0);
    expect(await rowsOf('by-kcat')).toEqual([{ window_seconds: 5 }]);
  });
});

describe('what cannot be used goes to the dead letters as it was, and its neighbours go on', () => {
  const good = encode('AudioChunk', sampleChunk('neighbour', 5));
  const broken = (changes: Parameters<typeof sampleChunk>[2]) =>
    encode('AudioChunk', sampleChunk('neighbour', 5, changes));
  const cases: [string, string, Buffer][] = [
    ['UNKNOWN_FRAMING', 'neighbour', Buffer.from('hello')],
    ['MALFORMED_RECORD', 'neighbour', good.subarray(0, 40)],
    ['UNDECODABLE_AUDIO', 'neighbour', broken({ sessionId: 'f', encoding: 'flac' })],
    ['CLOCK_OUT_OF_RANGE', 'neighbour', broken({ sessionId: 'c', sessionStartedAt: Date.now() + 3_600_000 })],
    ['WRONG_KEY', 'somebody-else', good],
  ];

  test.each(cases)('%s', async (code, key, value) => {
    await producer.send({ topic: TOPICS.audio, messages: [{ key, value, headers: { trace: code } }] });
    const letter = await deadLetter(code);
    expect(letter.value?.equals(value)).toBe(true);
    expect(String(letter.key)).toBe(key);
    expect(String(letter.headers['trace'])).toBe(code);
    expect(String(letter.headers[DEAD_LETTER_HEADERS.message])).not.toBe('');
    expect(String(letter.headers[DEAD_LETTER_HEADERS.stage])).not.toBe('');
  });

  test('WRONG_PARTITION, with the hint for kcat', async () => {
    const admin = kafka.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPICS.audio] });
    await admin.disconnect();
    const partitions = topics[0]?.partitions.length ?? 0;
    const message = { key: 'neighbour', value: good };
    const [sent] = await producer.send({ topic: TOPICS.audio, messages: [message] });
    const elsewhere = ((sent?.partition ?? 0) + 1) % partitions;
    await producer.send({ topic: TOPICS.audio, messages: [{ ...message, partition: elsewhere }] });
    const letter = await deadLetter('WRONG_PARTITION');
    expect(String(letter.headers[DEAD_LETTER_HEADERS.message])).toContain('murmur2_random');
    expect(await rowsOf('neighbour')).toEqual([{ window_seconds: 5 }]);
  });
});

interface Letter {
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders;
}

/** The first dead letter of the audio topic with that code. */
async function deadLetter(code: string): Promise<Letter> {
  const consumer = kafka.consumer({ groupId: `reader-${Math.random().toString(36).slice(2)}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: deadLetterTopic(TOPICS.audio), fromBeginning: true });
    return await new Promise<Letter>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no dead letter with ${code} within 60 s`)), 60_000);
      void consumer.run({
        eachMessage: async ({ message: { key, value, headers = {} } }) => {
          if (String(headers[DEAD_LETTER_HEADERS.code]) !== code) return;
          clearTimeout(timer);
          resolve({ key, value, headers });
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
}
