import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPartition } from '#libs/messaging';
import { type RunningBroker, localKafka } from './kafka/brokers.js';
import { Context } from './kafka/context.js';

describe('reading a partition whole', () => {
  let broker: RunningBroker;
  let context: Context;
  let topic: string;
  beforeAll(async () => {
    broker = await localKafka().start();
    context = await Context.open(broker);
    topic = await context.topic({ partitions: 2 });
    const messages = ['a', 'b', 'c'].map((value) => ({ partition: 1, key: 'k', value }));
    await context.send(topic, [{ partition: 0, key: 'k', value: 'other' }, ...messages]);
  });
  afterAll(async () => {
    await context?.close();
    await broker?.stop();
  });

  const read = (visit: (value: string) => void) =>
    readPartition(context.kafka, { topic, partition: 1 }, 'test', ({ value }) => visit(String(value)));

  test('visits each of its records once, in order', async () => {
    const seen: string[] = [];
    await read((value) => seen.push(value));
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('ends at once with what the visit throws, and is not begun again', async () => {
    const seen: string[] = [];
    const reading = read((value) => {
      seen.push(value);
      if (value === 'b') throw new RangeError('not a checkpoint');
    });
    await expect(reading).rejects.toThrow(RangeError);
    expect(seen).toEqual(['a', 'b']);
  });
});
