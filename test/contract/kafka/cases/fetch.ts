import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeBatch } from '../../../../libs/local-kafka/src/log/records.js';
import { type Context, until } from '../context.js';
import { RawClient } from '../raw-client.js';
import { fetchBatches, produceBatch } from '../raw-requests.js';

const HOUR_MS = 3_600_000;
const BATCH_BYTES = 10_000;

/** Sizes of the batches one after another, the last perhaps cut short. */
function batchSizes(records: Buffer): number[] {
  const sizes: number[] = [];
  for (let at = 0; at + 12 <= records.length;) {
    const size = records.readInt32BE(at + 8) + 12;
    if (at + size <= records.length) sizes.push(size);
    at += size;
  }
  return sizes;
}

export function fetchCases(context: () => Context): void {
  const filledTopic = async (batches: number) => {
    const topic = await context().topic();
    for (let n = 0; n < batches; n++) {
      const batch = makeBatch([{ value: Buffer.alloc(BATCH_BYTES), timestamp: Date.now() }]);
      expect((await produceBatch(context().raw, topic, 0, batch)).errorCode).toBe(0);
    }
    return topic;
  };

  test('at the end of the log a fetch waits as long as it was told, then answers with nothing', async () => {
    const topic = await filledTopic(1);
    const startedAt = Date.now();
    const fetched = await fetchBatches(context().raw, { topic, offset: 1, maxWaitMs: 400 });
    expect([fetched.errorCode, fetched.records.length, fetched.highWatermark]).toEqual([0, 0, 1]);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(390);
  });

  test('a waiting fetch answers as soon as a record arrives', async () => {
    const topic = await filledTopic(1);
    const waiting = await RawClient.connect(context().brokers);
    const startedAt = Date.now();
    const fetched = fetchBatches(waiting, { topic, offset: 1, maxWaitMs: 10_000 });
    await sleep(100);
    await produceBatch(context().raw, topic, 0, makeBatch([{ value: Buffer.from('late'), timestamp: Date.now() }]));
    expect(batchSizes((await fetched).records)).toHaveLength(1);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    waiting.close();
  });

  test('a waiting fetch does not answer before it has its minimum of bytes', async () => {
    const topic = await filledTopic(1);
    const startedAt = Date.now();
    const fetched = await fetchBatches(context().raw, { topic, offset: 0, minBytes: 1_000_000, maxWaitMs: 300 });
    expect(batchSizes(fetched.records)).toHaveLength(1);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
  });

  test('what a partition or an answer may hold limits the batches, yet one always comes', async () => {
    const topic = await filledTopic(5);
    const count = async (limits: object) =>
      batchSizes((await fetchBatches(context().raw, { topic, offset: 0, ...limits })).records).length;
    expect(await count({})).toBe(5);
    expect(await count({ partitionMaxBytes: 25_000 })).toBe(2);
    expect(await count({ maxBytes: 25_000 })).toBe(2);
    expect(await count({ partitionMaxBytes: 100, maxBytes: 100 })).toBe(1);
  });

  test('an offset within a batch brings the whole batch; a consumer sees only what it asked for', async () => {
    const topic = await context().topic();
    const values = ['a', 'b', 'c', 'd'].map((value) => ({ value }));
    await context().send(topic, values);
    const { records } = await fetchBatches(context().raw, { topic, offset: 2 });
    expect(records.readBigInt64BE(0)).toBe(0n);

    const consumer = context().kafka.consumer({ groupId: `${topic}-seek`, maxWaitTimeInMs: 100 });
    const read: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void read.push(String(message.value)) });
    consumer.seek({ topic, partition: 0, offset: '2' });
    await until(() => read.includes('d'), 'the last record');
    await consumer.disconnect();
    expect(read.slice(read.lastIndexOf('c'))).toEqual(['c', 'd']);
  });

  test('an offset outside the log is OFFSET_OUT_OF_RANGE', async () => {
    const topic = await filledTopic(2);
    expect((await fetchBatches(context().raw, { topic, offset: 3 })).errorCode).toBe(1);
    expect((await fetchBatches(context().raw, { topic, offset: 2 })).errorCode).toBe(0);
  });

  test('the end of the log is stable: no transaction holds it back', async () => {
    const topic = await filledTopic(2);
    const { highWatermark, lastStableOffset, logStartOffset } = await fetchBatches(context().raw, { topic, offset: 0 });
    expect([highWatermark, lastStableOffset, logStartOffset]).toEqual([2, 2, 0]);
  });

  test('an unknown topic is UNKNOWN_TOPIC_OR_PARTITION', async () => {
    expect((await fetchBatches(context().raw, { topic: 'never-made', offset: 0 })).errorCode).toBe(3);
  });

  test('offsets by time: the first record at or after it, else the end', async () => {
    const topic = await context().topic();
    const start = Date.now() - HOUR_MS;
    for (const minutes of [0, 10, 20]) {
      const timestamp = String(start + minutes * 60_000);
      await context().send(topic, [
        { value: 'a', timestamp },
        { value: 'b', timestamp: String(Number(timestamp) + 1_000) },
      ]);
    }
    const offsetAt = async (time: number) =>
      Number((await context().admin.fetchTopicOffsetsByTimestamp(topic, time))[0]?.offset);
    expect(await offsetAt(start - 1)).toBe(0);
    expect(await offsetAt(start)).toBe(0);
    expect(await offsetAt(start + 500)).toBe(1);
    expect(await offsetAt(start + 1_001)).toBe(2);
    expect(await offsetAt(start + 20 * 60_000 + 1)).toBe(5);
    expect(await offsetAt(start + HOUR_MS)).toBe(6);
  });
}
