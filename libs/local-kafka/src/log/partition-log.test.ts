import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorCode } from '../protocol/error-codes.js';
import { IGNORE_FAULTS, type Torn } from './faults.js';
import { PartitionLog, type PartitionSettings } from './partition-log.js';
import { HEADER_BYTES, claimedSizeBytes, isIntact, readHeader, renewChecksum } from './record-batch.js';
import { type NewRecord, makeBatch, readRecords } from './records.js';
import { Segment, segmentFileName } from './segment.js';

const SETTINGS: PartitionSettings = {
  logAppendTime: false,
  compacted: false,
  maxMessageBytes: 1_000_000,
  segmentBytes: 1_000_000,
  segmentMs: 1_000_000_000,
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'partition-log-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const open = (settings: Partial<PartitionSettings> = {}, torn: (torn: Torn) => void = () => undefined) =>
  PartitionLog.open(folder, () => ({ ...SETTINGS, ...settings }), 0, { ...IGNORE_FAULTS, torn });
const refused = (code: ErrorCode) => expect.objectContaining({ code });

/** All batches from `offset` on. */
function batchesOf(log: PartitionLog, offset = log.logStartOffset): Buffer[] {
  const batches: Buffer[] = [];
  for (let next = offset; next < log.nextOffset;) {
    const bytes = log.read(next, 2 ** 30, true);
    if (bytes.length === 0) break;
    for (let at = 0; at < bytes.length; at += claimedSizeBytes(bytes, at)) {
      batches.push(bytes.subarray(at, at + claimedSizeBytes(bytes, at)));
      next = readHeader(bytes, at).lastOffset + 1;
    }
  }
  return batches;
}

const valuesOf = (log: PartitionLog) =>
  batchesOf(log).flatMap((batch) => readRecords(batch).map(({ offset }) => offset));
const oneRecord = (record: NewRecord = { value: Buffer.from('v') }) => makeBatch([record]);

describe('a partition of the log', () => {
  it('gives every record the next offset and returns batches as they arrived, but for the offset', () => {
    const log = open();
    const batch = makeBatch([{ value: Buffer.from('a') }, { value: Buffer.from('b') }]);
    const sent = Buffer.from(batch);
    expect(log.append(batch, 1).baseOffset).toBe(0);
    expect(log.append(Buffer.from(sent), 1).baseOffset).toBe(2);
    const second = log.read(2, 1_000, true);
    expect(readHeader(second).baseOffset).toBe(2);
    expect(second.subarray(16)).toEqual(sent.subarray(16));
    expect(isIntact(second)).toBe(true);
  });

  it('finds the batch that holds an offset in its middle, and nothing at the end', () => {
    const log = open();
    for (let count = 0; count < 5; count++) log.append(makeBatch(Array(10).fill({ value: null })), 1);
    expect(readHeader(log.read(27, 1, true)).baseOffset).toBe(20);
    expect(log.read(50, 1_000, true)).toHaveLength(0);
    expect(() => log.read(51, 1_000, true)).toThrow(refused(ErrorCode.OFFSET_OUT_OF_RANGE));
    expect(() => log.read(-1, 1_000, true)).toThrow(refused(ErrorCode.OFFSET_OUT_OF_RANGE));
  });

  it('reads whole batches up to the limit, and one beyond it only where asked to', () => {
    const log = open();
    const { length } = oneRecord();
    for (let count = 0; count < 4; count++) log.append(oneRecord(), 1);
    expect(log.read(0, 3 * length, false)).toHaveLength(3 * length);
    expect(log.read(0, 3 * length - 1, false)).toHaveLength(2 * length);
    expect(log.read(1, 100 * length, false)).toHaveLength(3 * length);
    expect(log.read(0, length - 1, false)).toHaveLength(0);
    expect(log.read(0, length - 1, true)).toHaveLength(length);
  });

  it('begins a segment when the records, not the clock, have gone on by segment.ms', () => {
    const log = open({ segmentMs: 1_000 });
    const segments = () => readdirSync(folder).filter((name) => name.endsWith('.log')).length;
    for (const timestamp of [5, 6, 1_005]) log.append(oneRecord({ timestamp }), Date.now());
    expect(segments()).toBe(1);
    log.append(oneRecord({ timestamp: 1_006 }), Date.now());
    expect(segments()).toBe(2);
    log.close();
  });

  it('refuses a batch whose checksum does not hold at any byte, and what is too large', () => {
    const log = open();
    const batch = oneRecord();
    for (let at = 21; at < batch.length; at++) {
      const damaged = Buffer.from(batch);
      damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
      expect(() => log.append(damaged, 1)).toThrow(refused(ErrorCode.CORRUPT_MESSAGE));
    }
    const large = makeBatch([{ value: Buffer.alloc(SETTINGS.maxMessageBytes) }]);
    expect(() => log.append(large, 1)).toThrow(refused(ErrorCode.MESSAGE_TOO_LARGE));
    expect(log.nextOffset).toBe(0);
  });

  it('stamps LogAppendTime that never goes back, even when the clock does and after a restart', () => {
    const log = open({ logAppendTime: true });
    const times = [1_000, 2_000, 1_500].map((nowMs) => log.append(oneRecord({ timestamp: 7 }), nowMs).logAppendTime);
    log.close();
    times.push(open({ logAppendTime: true }).append(oneRecord(), 1_200).logAppendTime);
    expect(times).toEqual([1_000, 2_000, 2_000, 2_000]);
    for (const batch of batchesOf(open())) expect(isIntact(batch)).toBe(true);
  });

  it('flushes every segment that was appended to, also those that are full by now', async () => {
    const log = open({ segmentBytes: 1 });
    for (let k = 0; k < 3; k++) log.append(oneRecord(), 1);
    const flushed = vi.spyOn(Segment.prototype, 'flush');
    await log.flush();
    expect(flushed.mock.contexts.map((segment) => (segment as Segment).baseOffset)).toEqual([0, 1, 2]);
    await log.flush();
    expect(flushed).toHaveBeenCalledTimes(3);
    flushed.mockRestore();
  });

  it('serves all who ask for a flush while one runs by one more, which begins behind it', async () => {
    const log = open();
    const flush = vi.spyOn(Segment.prototype, 'flush');
    log.append(oneRecord(), 1);
    const first = log.flush();
    await Promise.resolve(); // it runs
    log.append(oneRecord(), 1);
    await Promise.all([first, log.flush(), log.flush(), log.flush()]);
    expect(flush).toHaveBeenCalledTimes(2);
    flush.mockRestore();
  });

  it('opens no file for good where a new segment cannot begin, and goes on when it can', () => {
    const log = open({ segmentBytes: 1 });
    log.append(oneRecord(), 1);
    const inTheWay = join(folder, `${segmentFileName(0).replace('.log', '.index')}.new`);
    mkdirSync(inTheWay);
    const create = vi.spyOn(Segment, 'create');
    for (let k = 0; k < 3; k++) {
      expect(() => log.append(oneRecord(), 1)).toThrow(refused(ErrorCode.KAFKA_STORAGE_ERROR));
    }
    expect(create).not.toHaveBeenCalled();
    create.mockRestore();
    rmSync(inTheWay, { recursive: true });
    expect(log.append(oneRecord(), 1).baseOffset).toBe(1);
    expect(valuesOf(log)).toEqual([0, 1]);
  });

  it('answers KAFKA_STORAGE_ERROR, with the cause, where it cannot write, and keeps its offset', () => {
    const log = open();
    log.append(oneRecord(), 1);
    log.close();
    const failed = expect.objectContaining({
      code: ErrorCode.KAFKA_STORAGE_ERROR,
      cause: expect.objectContaining({ code: 'EBADF' }),
    });
    expect(() => log.append(oneRecord(), 1)).toThrow(failed);
    expect(log.nextOffset).toBe(1);
  });

  it('needs a key for every record of a compacted topic', () => {
    const log = open({ compacted: true });
    expect(() => log.append(oneRecord(), 1)).toThrow(refused(ErrorCode.INVALID_RECORD));
    expect(log.append(oneRecord({ key: Buffer.from('k') }), 1).baseOffset).toBe(0);
  });
});

describe('recovery', () => {
  it('cuts off a last batch that is torn at any byte, says so, and goes on at its offset', () => {
    const whole = open();
    for (const value of ['first', 'second', 'third']) whole.append(oneRecord({ value: Buffer.from(value) }), 1);
    const lastBytes = whole.read(2, 1_000, true).length;
    whole.close();
    const file = segmentFileName(0);
    const { length } = readFileSync(join(folder, file));
    const original = folder;
    for (let missing = 1; missing <= lastBytes; missing++) {
      folder = join(original, `without-${missing}`);
      mkdirSync(folder);
      copyFileSync(join(original, file), join(folder, file));
      truncateSync(join(folder, file), length - missing);
      const torn: Torn[] = [];
      const log = open({}, (found) => torn.push(found));
      expect(torn.map(({ bytes }) => bytes)).toEqual(missing === lastBytes ? [] : [lastBytes - missing]);
      expect(log.append(oneRecord(), 1).baseOffset).toBe(2);
      expect(valuesOf(log)).toEqual([0, 1, 2]);
      log.close();
    }
    folder = original;
  });

  it('reads sealed segments by their index, and without it comes to the same', () => {
    const log = open({ segmentBytes: 200 });
    for (let count = 0; count < 12; count++) log.append(oneRecord({ timestamp: count }), 1);
    const expected = batchesOf(log);
    log.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.index')).length).toBeGreaterThan(2);
    expect(batchesOf(open())).toEqual(expected);
    for (const name of readdirSync(folder)) if (name.endsWith('.index')) rmSync(join(folder, name));
    expect(batchesOf(open())).toEqual(expected);
  });
});

describe('idempotent producers', () => {
  const batch = (baseSequence: number, count = 1, epoch = 0) =>
    makeBatch(Array<NewRecord>(count).fill({ value: null }), { id: 9, epoch, baseSequence });

  it('get the first answer again for a duplicate, which is not stored twice, also after a restart', () => {
    let log = open({ logAppendTime: true });
    const first = log.append(batch(0, 3), 100);
    log.append(batch(3), 200);
    expect(log.append(batch(0, 3), 300)).toMatchObject(first);
    log.close();
    log = open({ logAppendTime: true });
    expect(log.append(batch(0, 3), 400)).toMatchObject(first);
    expect(log.append(batch(3), 400).baseOffset).toBe(3);
    expect(log.nextOffset).toBe(4);
  });

  it('are refused a gap in the sequence, and an older epoch', () => {
    const log = open();
    log.append(batch(0), 1);
    expect(() => log.append(batch(2), 1)).toThrow(refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
    expect(log.append(batch(0, 1, 1), 1).baseOffset).toBe(1); // a new epoch begins anew
    expect(() => log.append(batch(1, 1, 0), 1)).toThrow(refused(ErrorCode.INVALID_PRODUCER_EPOCH));
    expect(() => log.append(batch(5, 1, 2), 1)).toThrow(refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
  });

  it('go on at 0 after the greatest sequence', () => {
    const log = open();
    log.append(batch(2 ** 31 - 2, 2), 1);
    expect(log.append(batch(0), 1).baseOffset).toBe(2);
  });
});

describe('lookup by time', () => {
  it('finds the first record at or after a time within a batch, plain or compressed', () => {
    const log = open();
    log.append(makeBatch([10, 20, 30].map((timestamp) => ({ timestamp }))), 1);
    const plain = makeBatch([40, 50].map((timestamp) => ({ timestamp })));
    const packed = Buffer.concat([plain.subarray(0, HEADER_BYTES), gzipSync(plain.subarray(HEADER_BYTES))]);
    packed.writeInt32BE(packed.length - 12, 8);
    packed.writeInt16BE(1, 21);
    renewChecksum(packed);
    log.append(packed, 1);
    expect([0, 10, 11, 30, 31, 41, 50].map((timeMs) => log.lookup(timeMs)?.offset)).toEqual([0, 0, 1, 2, 3, 4, 4]);
    expect(log.lookup(45)).toEqual({ offset: 4, timestamp: 50 });
    expect(log.lookup(51)).toBeUndefined();
  });

  it('finds the batch by LogAppendTime', () => {
    const log = open({ logAppendTime: true, segmentBytes: 200 });
    for (let nowMs = 100; nowMs <= 1_000; nowMs += 100) log.append(oneRecord(), nowMs);
    expect(log.lookup(350)).toEqual({ offset: 3, timestamp: 400 });
    expect(log.lookup(1_001)).toBeUndefined();
  });
});

describe('retention', () => {
  const filled = () => {
    const log = open({ logAppendTime: true, segmentBytes: 200 });
    for (let nowMs = 100; nowMs <= 1_000; nowMs += 100) log.append(oneRecord(), nowMs);
    return log;
  };

  it('by time deletes the segments whose newest record is too old, the active one included', () => {
    const log = filled();
    log.applyRetention(500, -1, 1_000);
    expect(log.logStartOffset).toBeGreaterThan(0);
    expect(log.logStartOffset).toBeLessThanOrEqual(4);
    log.applyRetention(500, -1, 10_000);
    expect([log.logStartOffset, log.nextOffset, log.sizeBytes]).toEqual([10, 10, 0]);
    log.close();
    expect(open().nextOffset).toBe(10);
  });

  it('by size deletes the oldest segments and never leaves less than the limit', () => {
    const log = filled();
    const before = log.sizeBytes;
    log.applyRetention(-1, before / 2, 1_000);
    expect(log.sizeBytes).toBeLessThan(before);
    expect(log.sizeBytes).toBeGreaterThanOrEqual(before / 2);
    expect(log.nextOffset).toBe(10);
  });

  it('without limits deletes nothing', () => {
    expect(filled().applyRetention(-1, -1, 1e12)).toBe(0);
  });

  it('keeps the start that DeleteRecords moved', () => {
    const log = filled();
    expect(log.deleteBefore(5)).toBe(5);
    expect(() => log.read(4, 1_000, true)).toThrow(refused(ErrorCode.OFFSET_OUT_OF_RANGE));
    expect(log.lookup(0)?.offset).toBe(5);
    expect(() => log.deleteBefore(11)).toThrow(refused(ErrorCode.OFFSET_OUT_OF_RANGE));
  });
});
