import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, Partitioners, type Producer, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOPICS, encode } from '#libs/contracts';
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
