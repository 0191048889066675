import { afterEach, expect, test } from 'vitest';
import { apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.js';
import {
  CLICKHOUSE_IMAGE,
  KAFKA_IMAGE,
  imageMissing,
  startClickhouseContainer,
  startKafkaContainer,
} from '../support/containers.js';
import { describeIf } from '../support/describe-if.js';
import { EXPECTED_WINDOWS, replayed } from '../support/recording.js';
import { Stack } from '../support/stack.js';

/** What a test started, in order. */
const started: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

async function keep<T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  started.push(one);
  return one;
}

const VERSION = '4.1.0';
const noJars = apacheKafkaMissing(VERSION);

describeIf(noJars === undefined, noJars ?? '', `the same services on Apache Kafka ${VERSION}`, () => {
  test('every window expected from the length of a recording is there once', async () => {
    const { brokers } = await keep(startApacheKafka(VERSION));
    const stack = await keep(Stack.start(['gateway', 'estimator', 'recorder'], { KAFKA_BROKERS: brokers }));
    expect(await replayed(stack, 'somebody', 16_000)).toEqual(EXPECTED_WINDOWS);
  });
});

const noImage = (await imageMissing(KAFKA_IMAGE)) ?? (await imageMissing(CLICKHOUSE_IMAGE));

describeIf(noImage === undefined, noImage ?? '', 'the same services on containers of Kafka and ClickHouse', () => {
  test('every window expected from the length of a recording is there once', async () => {
    const { brokers } = await keep(startKafkaContainer());
    const { url } = await keep(startClickhouseContainer());
    const settings = { KAFKA_BROKERS: brokers, CLICKHOUSE_URL: url };
    const stack = await keep(Stack.start(['gateway', 'estimator', 'recorder'], settings));
    expect(await replayed(stack, 'somebody', 16_000)).toEqual(EXPECTED_WINDOWS);
  });
});
