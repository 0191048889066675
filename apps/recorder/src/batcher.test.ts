import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Batcher } from './batcher.js';

const SOON = { maxRows: 1_000, maxDelayMs: 5 };

describe('rows of several partitions join into one insert', () => {
  test('what comes within the delay is one batch, and every caller waits for it', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number>(async (rows) => void batches.push(rows), SOON);
    await Promise.all([batcher.add([1, 2]), batcher.add([]), batcher.add([3])]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test('every row is written once, in order, whatever the batches and the pace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(7), fc.nat(2)), { maxLength: 12 }),
        fc.integer({ min: 1, max: 10 }),
        async (steps, maxRows) => {
          const written: number[] = [];
          let writing = 0;
          const batcher = new Batcher<number>(
            async (rows) => {
              expect(++writing).toBe(1);
              await sleep(0);
              written.push(...rows);
              writing -= 1;
            },
            { maxRows, maxDelayMs: 1 },
          );
          let next = 0;
          const added: Promise<void>[] = [];
          for (const [rows, pauseMs] of steps) {
            const values = Array.from({ length: rows }, () => next++);
            added.push(batcher.add(values).then(() => expect(written).toEqual(expect.arrayContaining(values))));
            if (pauseMs > 0) await sleep(pauseMs);
          }
          await Promise.all(added);
          expect(written).toEqual(Array.from({ length: next }, (_, value) => value));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a failed insert fails for all whose rows it held, and only for them', async () => {
    let fails = true;
    const batcher = new Batcher<number>(() => (fails ? Promise.reject(new Error('away')) : Promise.resolve()), SOON);
    const outcomes = await Promise.allSettled([batcher.add([1]), batcher.add([2])]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    await expect(batcher.add([1])).resolves.toBeUndefined();
  });

  test('a full batch and a draining batcher do not wait', async () => {
    const batcher = new Batcher<number>(async () => undefined, { maxRows: 2, maxDelayMs: 3_600_000 });
    await batcher.add([1, 2]);
    const waiting = batcher.add([3]);
    batcher.drain();
    await waiting;
    await batcher.add([4]);
  });
});
