import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compact } from './compaction.js';
import type { Damage, Torn } from './faults.js';
import { PartitionLog, type PartitionSettings } from './partition-log.js';
import { claimedSizeBytes } from './record-batch.js';
import { makeBatch, readRecords } from './records.js';
import { segmentFileName } from './segment.js';

const SETTINGS: PartitionSettings = {
  logAppendTime: false,
  compacted: false,
  maxMessageBytes: 1_000_000,
  segmentBytes: 1_000_000,
  segmentMs: 1_000_000_000,
};
/** Of every batch here. */
const RECORDS = 2;
/** Bytes 12 to 15 are the leader's epoch, which the checksum does not cover and which says nothing here. */
const isCovered = (byte: number) => byte < 12 || byte > 15;

let folder: string;
let torn: Torn[];
let damaged: Damage[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damage-'));
  torn = [];
  damaged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (settings: Partial<PartitionSettings> = {}) =>
  PartitionLog.open(folder, () => ({ ...SETTINGS, ...settings }), 0, {
    torn: (found) => torn.push(found),
    damaged: (found) => damaged.push(found),
  });
const fileOf = (baseOffset: number) => join(folder, segmentFileName(baseOffset));
const batch = (name: string) =>
  makeBatch(
    Array.from({ length: RECORDS }, () => ({ key: Buffer.from(name), value: Buffer.from(`${name} and more`) })),
  );

/** A log of so many batches; @returns the size of each */
function write(count: number, settings: Partial<PartitionSettings> = {}): number {
  const log = open(settings);
  for (let k = 0; k < count; k++) log.append(batch(`record ${k}`), 1);
  log.close();
  return batch('record 0').length;
}

/** The offsets that a consumer gets which begins at the start and goes on behind the last record it saw. */
function readAll(log: PartitionLog, maxBytes = 100_000): number[] {
  const offsets: number[] = [];
  for (;;) {
    const bytes = log.read((offsets.at(-1) ?? -1) + 1, maxBytes, true);
    if (bytes.length === 0) return offsets;
    for (let at = 0; at < bytes.length; at += claimedSizeBytes(bytes, at)) {
      offsets.push(...readRecords(bytes.subarray(at)).map(({ offset }) => offset));
    }
  }
}

function flip(file: string, bit: number): void {
  const content = readFileSync(file);
  content[bit >> 3] = (content[bit >> 3] as number) ^ (1 << (bit & 7));
  writeFileSync(file, content);
}

const offsetsWithout = (batches: number, missing: number) =>
  Array.from({ length: batches * RECORDS }, (_, offset) => offset).filter((offset) => offset >> 1 !== missing);

describe('a flipped bit', () => {
  it('anywhere in a batch costs this batch alone, is found at the next start, and told once', () => {
    const size = write(4);
    const file = fileOf(0);
    for (let bit = size * 8; bit < 2 * size * 8; bit += 11) {
      if (!isCovered((bit >> 3) - size)) continue;
      flip(file, bit);
      damaged = [];
      const log = open();
      expect(readAll(log)).toEqual(offsetsWithout(4, 1));
      expect(readAll(log, 1)).toEqual(offsetsWithout(4, 1));
      expect(damaged).toEqual([{ file, position: size, bytes: size, firstOffset: 2, nextOffset: 4 }]);
      expect([log.nextOffset, torn]).toEqual([8, []]);
      log.close();
      flip(file, bit);
    }
  });

  it('is found when the log is read, also by an index from before the bit flipped, and while the log is open', () => {
    const size = write(6, { segmentBytes: 200 });
    const sealed = open({ segmentBytes: 200 });
    expect(sealed.allSegments.length).toBeGreaterThan(2);
    expect(damaged).toEqual([]);
    flip(fileOf(0), (size - 3) * 8);
    expect(readAll(sealed)).toEqual(offsetsWithout(6, 0));
    expect(sealed.lookup(0)?.offset).toBe(2);
    sealed.close();
    const [told] = damaged;
    expect(told).toMatchObject({ file: fileOf(0), firstOffset: 0, nextOffset: 2 });
    expect(readAll(open({ segmentBytes: 200 }))).toEqual(offsetsWithout(6, 0));
    expect(damaged).toEqual([told, told]); // by the second process too
  });

  it('in a kept index makes the index again, and costs nothing', () => {
    write(6, { segmentBytes: 200 });
    const file = fileOf(0).replace('.log', '.index');
    const kept = readFileSync(file);
    for (let bit = 0; bit < kept.length * 8; bit += 31) {
      flip(file, bit);
      expect(readAll(open({ segmentBytes: 200 }))).toEqual(offsetsWithout(6, -1));
      expect(readFileSync(file)).toEqual(kept);
    }
    expect([torn, damaged]).toEqual([[], []]);
  });

  it('in a sealed segment without an index costs its batch alone, and the index made again remembers it', () => {
    const size = write(6, { segmentBytes: 2 * batch('record 0').length });
    const settings = { segmentBytes: 2 * size };
    for (const at of [8, 20, size - 1]) {
      const bit = (size + at) * 8;
      flip(fileOf(0), bit);
      for (const name of readdirSync(folder)) if (name.endsWith('.index')) rmSync(join(folder, name));
      for (const start of ['without', 'with']) {
        damaged = [];
        expect([start, readAll(open(settings))]).toEqual([start, offsetsWithout(6, 1)]);
        expect(damaged).toEqual([{ file: fileOf(0), position: size, bytes: size, firstOffset: 2, nextOffset: 4 }]);
      }
      flip(fileOf(0), bit);
    }
  });

  it('in the last batch costs its records, but their offsets are not given again: consumers may have passed them', () => {
    const size = write(3);
    flip(fileOf(0), (3 * size - 2) * 8);
    const log = open();
    expect(log.append(batch('record 3'), 1).baseOffset).toBe(6);
    expect(readAll(log)).toEqual(offsetsWithout(4, 2));
    expect([torn, damaged.length]).toEqual([[], 1]);
  });

  it('keeps compaction from a log: the values that it would drop may be the last ones that can be read', async () => {
    const settings = { compacted: true, segmentBytes: 200 };
    let log = open(settings);
    for (let k = 0; k < 6; k++) log.append(batch('the same key'), 1);
    log.close();
    flip(fileOf(0), (statSync(fileOf(0)).size - 2) * 8);
    log = open(settings);
    const before = readAll(log);
    expect(await compact(log, 0, 1)).toBe(0);
    expect(readAll(log)).toEqual(before);
  });
});

describe('a torn end', () => {
  it('behind a damaged batch is cut off, and the damaged one kept', () => {
    const size = write(3);
    flip(fileOf(0), (size + 70) * 8);
    truncateSync(fileOf(0), 3 * size - 5);
    const log = open();
    expect(readAll(log)).toEqual([0, 1]);
    expect(torn).toEqual([{ file: fileOf(0), bytes: size - 5 }]);
    expect(damaged).toMatchObject([{ firstOffset: 2, nextOffset: 4 }]);
    expect(log.append(batch('record 2'), 1).baseOffset).toBe(4);
    expect(readAll(log)).toEqual([0, 1, 4, 5]);
  });

  it('that a power failure left full of zeros is cut off', () => {
    const size = write(2);
    truncateSync(fileOf(0), size);
    truncateSync(fileOf(0), 3 * size);
    expect(open().nextOffset).toBe(2);
    expect(torn).toEqual([{ file: fileOf(0), bytes: 2 * size }]);
  });

  it('of a segment that others follow is damage: those keep their offsets', () => {
    const settings = { segmentBytes: 2 * batch('record 0').length };
    const size = write(6, settings);
    truncateSync(fileOf(0), 2 * size - 1);
    const log = open(settings);
    expect(readAll(log)).toEqual(offsetsWithout(6, 1));
    expect(damaged).toEqual([{ file: fileOf(0), position: size, bytes: size - 1, firstOffset: 2, nextOffset: 4 }]);
    expect(torn).toEqual([]);
  });
});
