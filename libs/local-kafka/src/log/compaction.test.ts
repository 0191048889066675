import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compact } from './compaction.js';
import { PartitionLog } from './partition-log.js';
import { isIntact } from './record-batch.js';
import { makeBatch, readRecords } from './records.js';

const SETTINGS = {
  logAppendTime: false,
  compacted: true,
  maxMessageBytes: 1_000_000,
  segmentBytes: 300,
  segmentMs: 1_000_000_000,
};
const DAY_MS = 86_400_000;

async function withLog(body: (log: PartitionLog, reopen: () => PartitionLog) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'compaction-'));
  let log = PartitionLog.open(folder, () => SETTINGS);
  try {
    await body(log, () => (log.close(), (log = PartitionLog.open(folder, () => SETTINGS))));
  } finally {
    log.close();
    rmSync(folder, { recursive: true });
  }
}

const append = (log: PartitionLog, entries: readonly (readonly [string, string | null])[]) =>
  log.append(
    makeBatch(
      entries.map(([key, value]) => ({ key: Buffer.from(key), value: value === null ? null : Buffer.from(value) })),
    ),
    0,
  );

const contentOf = (log: PartitionLog) =>
  [...log.allSegments].flatMap((segment) =>
    [...segment.batches()].flatMap((batch) => {
      expect(isIntact(batch)).toBe(true);
      return readRecords(batch).map(({ key, offset }) => [String(key), offset] as const);
    }),
  );

it('keeps the latest record of every key, at its offset, whatever was written', async () => {
  const batches = fc.array(
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.constant('some value'), { nil: null })), {
      minLength: 1,
      maxLength: 4,
    }),
    { minLength: 1, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(batches, async (written) => {
      await withLog(async (log, reopen) => {
        for (const entries of written) append(log, entries);
        const before = contentOf(log);
        const latest = new Map(before);
        const activeFrom = log.allSegments.at(-1)?.baseOffset ?? 0;
        const expected = before.filter(([key, offset]) => offset >= activeFrom || latest.get(key) === offset);
        await compact(log, DAY_MS, 0);
        expect(contentOf(log)).toEqual(expected);
        expect([log.logStartOffset, log.nextOffset]).toEqual([0, before.length]);
        const reopened = reopen();
        expect(contentOf(reopened)).toEqual(expected);
        expect(reopened.nextOffset).toBe(before.length);
      });
    }),
    { numRuns: 25 },
  );
});

it('drops a tombstone only after its retention', async () => {
  await withLog(async (log) => {
    append(log, [['gone', 'x'.repeat(200)]]);
    append(log, [['gone', null]]);
    for (let count = 0; count < 4; count++) append(log, [[`other-${count}`, 'x'.repeat(200)]]);
    await compact(log, DAY_MS, DAY_MS);
    expect(contentOf(log)[0]).toEqual(['gone', 1]);
    await compact(log, DAY_MS, DAY_MS + 1);
    expect(contentOf(log).map(([key]) => key)).not.toContain('gone');
  });
});

it('lets a reader go on at every offset, compacted away or not', async () => {
  await withLog(async (log) => {
    for (let count = 0; count < 20; count++) append(log, [['same', 'x'.repeat(100)]]);
    expect(await compact(log, DAY_MS, 0)).toBeGreaterThan(0);
    for (let offset = 0; offset < log.nextOffset; offset++)
      expect(log.read(offset, 1_000, true).length).toBeGreaterThan(0);
  });
});
