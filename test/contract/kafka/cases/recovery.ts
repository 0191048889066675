import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RunningBroker } from '../brokers.js';
import { Context, uniqueName } from '../context.js';

const CRASH_TIMEOUT_MS = 90_000;
const TORN_BYTES = 5;

/** The file that a crash may leave torn. */
const newestSegment = (folder: string): string => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return join(folder, names.sort().at(-1) as string);
};

/** They crash the broker: behind all others. */
export function recoveryCases(broker: () => RunningBroker): void {
  async function during<T>(use: (context: Context) => Promise<T>): Promise<T> {
    const context = await Context.open(broker());
    try {
      return await use(context);
    } finally {
      await context.close();
    }
  }

  test(
    'after a crash a torn last batch is cut off, indexes are made again, and everything before is there with its offset',
    async () => {
      const groupId = uniqueName('recovered');
      const { torn, indexed } = await during(async (context) => {
        const torn = await context.topic();
        for (const value of ['first', 'second', 'torn']) await context.send(torn, [{ value }]);
        const indexed = await context.topic({ config: { 'segment.ms': '50' } });
        for (const value of ['a', 'b', 'c', 'd']) {
          await context.send(indexed, [{ value }]);
          await sleep(100);
        }
        await context.admin.setOffsets({ groupId, topic: torn, partitions: [{ partition: 0, offset: '2' }] });
        return { torn, indexed };
      });

      await broker().crash?.((folderOf) => {
        const last = newestSegment(folderOf(torn, 0));
        truncateSync(last, statSync(last).size - TORN_BYTES);
        const folder = folderOf(indexed, 0);
        const names = readdirSync(folder);
        expect(names.filter((name) => name.endsWith('.log')).length).toBeGreaterThan(2);
        for (const name of names) if (/index$/.test(name)) rmSync(join(folder, name));
      });

      await during(async (context) => {
        await context.awaitLeaders(torn);
        expect(await context.admin.fetchTopicOffsets(torn)).toMatchObject([{ low: '0', high: '2' }]);
        await context.send(torn, [{ value: 'third' }]);
        const read = (await context.read(torn, 3)).map(({ offset, value }) => [offset, String(value)]);
        expect(read).toEqual([
          ['0', 'first'],
          ['1', 'second'],
          ['2', 'third'],
        ]);
        expect((await context.read(indexed, 4)).map(({ value }) => String(value))).toEqual(['a', 'b', 'c', 'd']);
        const committed = await context.admin.fetchOffsets({ groupId, topics: [torn] });
        expect(committed[0]?.partitions[0]?.offset).toBe('2');
      });
    },
    CRASH_TIMEOUT_MS,
  );
}
