import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readRecords } from '../../../../libs/local-kafka/src/log/records.js';
import { type Context, until } from '../context.js';
import { fetchBatches } from '../raw-requests.js';

const CLEANING_TIMEOUT_MS = 45_000;

export function cleaningCases(context: () => Context): void {
  const values = async (topic: string) => {
    const { high } = (await context().admin.fetchTopicOffsets(topic))[0] as { high: string };
    const read: string[] = [];
    const consumer = context().kafka.consumer({ groupId: `${topic}-${Math.random()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let end = 0;
    await consumer.run({
      eachMessage: async ({ message }) => {
        read.push(`${message.offset} ${message.key}=${message.value}`);
        end = Number(message.offset) + 1;
      },
    });
    await until(() => end === Number(high), 'the last record');
    await consumer.disconnect();
    return read;
  };

  test(
    'a compacted topic keeps the last value of every key, at its offset',
    async () => {
      const config = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' };
      const topic = await context().topic({ config });
      for (const [key, value] of [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
        ['a', '3'],
        ['c', '1'],
      ]) {
        await context().send(topic, [{ key: key as string, value: value as string }]);
      }
      await sleep(200);
      await context().send(topic, [{ key: 'last', value: 'of the active segment' }]);
      await until(async () => (await values(topic)).length === 4, 'the compaction', CLEANING_TIMEOUT_MS);
      expect(await values(topic)).toEqual(['1 b=1', '3 a=3', '4 c=1', '5 last=of the active segment']);
      // An offset that compaction took away leads to the next one that is left.
      const { errorCode, records } = await fetchBatches(context().raw, { topic, offset: 2 });
      expect([errorCode, readRecords(records).at(-1)?.offset]).toEqual([0, 3]);
    },
    CLEANING_TIMEOUT_MS + 15_000,
  );

  test(
    'a tombstone takes the values of its key away, and goes itself once it is older than delete.retention.ms',
    async () => {
      const config = {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.01',
        'delete.retention.ms': '100',
      };
      const topic = await context().topic({ config });
      await context().send(topic, [{ key: 'gone', value: '1' }]);
      await context().send(topic, [{ key: 'stays', value: '1' }]);
      await context().send(topic, [{ key: 'gone', value: null }]);
      // Apache Kafka counts a tombstone's age from the first cleaning that sees it, and cleans what is dirty.
      let last = 3;
      const left = async () => {
        await context().send(topic, [{ key: 'last', value: String(last++) }]);
        await sleep(500);
        return (await values(topic)).filter((value) => value.includes('gone') || value.includes('stays'));
      };
      await until(async () => String(await left()) === '1 stays=1', 'the tombstone to go', CLEANING_TIMEOUT_MS);
    },
    CLEANING_TIMEOUT_MS + 15_000,
  );

  test(
    'whole segments older than retention.ms are deleted, and the log then starts behind them',
    async () => {
      const topic = await context().topic({ config: { 'retention.ms': '1000', 'segment.ms': '100' } });
      const old = String(Date.now() - 60_000);
      await context().send(topic, [{ value: 'old', timestamp: old }]);
      await sleep(200);
      await context().send(topic, [{ value: 'new', timestamp: String(Date.now() + 300_000) }]);
      const low = async () => (await context().admin.fetchTopicOffsets(topic))[0]?.low;
      await until(async () => (await low()) === '1', 'the retention', CLEANING_TIMEOUT_MS);
      expect(await values(topic)).toEqual(['1 null=new']);
    },
    CLEANING_TIMEOUT_MS + 15_000,
  );
}
