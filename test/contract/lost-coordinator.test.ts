import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Projection } from '#libs/messaging';
import { type RunningBroker, localKafka } from './kafka/brokers.js';
import { Context } from './kafka/context.js';

/** kafkajs's own class: what it asks of a broker cannot be cut off in that very moment from outside. */
const Cluster = createRequire(import.meta.url)('kafkajs/src/cluster/index.js') as {
  prototype: { findGroupCoordinator(): Promise<unknown> };
};

let broker: RunningBroker;
let context: Context;
beforeAll(async () => {
  broker = await localKafka().start();
  context = await Context.open(broker);
});
afterAll(async () => {
  await context?.close();
  await broker?.stop();
});

test('a coordinator that is not found, since the broker went away in between, is looked for again', async () => {
  const topic = await context.topic({ partitions: 1 });
  await context.send(topic, [{ partition: 0, key: 'k', value: 'v' }]);
  const find = vi.spyOn(Cluster.prototype, 'findGroupCoordinator');
  find.mockRejectedValueOnce(Reflect.construct(kafkajs.KafkaJSGroupCoordinatorNotFound, ['not found']) as Error);
  const seen: string[] = [];
  const apply = (_: Buffer | null, value: Buffer | null) => void seen.push(String(value));
  const projection = new Projection({ kafka: context.kafka, topic, reader: 'test', apply });
  await projection.start();
  expect(seen).toEqual(['v']);
  expect(find.mock.calls.length).toBeGreaterThan(1);
  await projection.stop();
  find.mockRestore();
});
