import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AudioChunk } from '#libs/contracts';
import type { AudioRecord } from './audio-record.js';
import { type Marks, decodeMarks, encodeMarks } from './marks.js';
import { PartitionStreams } from './partition-streams.js';
import { STARTED_AT, chunk, digest, toLog } from './testing/made-up-log.js';

const options = { partition: 0, partitionOfKey: () => 0 };

/** What a record said, in a form that compares to the bit. */
const saying = (streams: PartitionStreams, record: AudioRecord) => {
  const { windows, rejection, dropped } = streams.take(record);
  return { windows: windows.map(digest), code: rejection?.reject.code, dropped };
};

/** What a few awkward devices do: gaps, repeats, ends, changed sessions, silences beyond eviction, rubbish. */
const awkwardSteps = fc.array(
  fc.record({
    subject: fc.integer({ min: 1, max: 3 }),
    kind: fc.oneof(
      { weight: 3, arbitrary: fc.constant('next' as const) },
      { weight: 2, arbitrary: fc.constantFrom('gap', 'repeat', 'overlap', 'reach back', 'end', 'changed', 'rubbish') },
    ),
    waitMs: fc.constantFrom(0, 300, 1_000, 1_000, 1_000, 70_000, 130_000, -20_000),
  }),
  { minLength: 10, maxLength: 60 },
);

const CHUNK_SECONDS = 2;

function logOf(steps: { subject: number; kind: string; waitMs: number }[]): AudioRecord[] {
  const at = new Map<number, number>();
  return toLog(
    steps.map(({ subject, kind, waitMs }) => {
      const now = at.get(subject) ?? 0;
      const starts: Record<string, number> = {
        gap: now + 1.5,
        repeat: Math.max(0, now - 4),
        overlap: Math.max(0, now - 0.7),
      };
      const from = starts[kind] ?? now;
      if (kind === 'reach back') {
        at.set(subject, now + 1);
        return { chunk: chunk(subject, Math.max(0, now - 4), now + 1 - Math.max(0, now - 4)), waitMs };
      }
      if (kind === 'rubbish') return { chunk: chunk(subject, from, 1, { audio: Buffer.from([1]) }), waitMs };
      if (kind === 'changed') return { chunk: chunk(subject, from, 1, { sampleRateHz: 8_000 }), waitMs };
      at.set(subject, Math.max(now, from + CHUNK_SECONDS));
      return { chunk: chunk(subject, from, CHUNK_SECONDS, { endOfSession: kind === 'end' }), waitMs };
    }),
  );
}

const SILENCE = { windows: [], code: undefined, dropped: undefined };

describe('resuming', () => {
  test('a new owner says from H on exactly what the old one would have said', () => {
    fc.assert(
      fc.property(awkwardSteps, fc.double({ min: 0, max: 1, noNaN: true }), (steps, where) => {
        const log = logOf(steps);
        const high = BigInt(Math.floor(where * log.length));
        const whole = new PartitionStreams(options);
        let marks: Marks | undefined;
        const expected = log.map((record) => {
          if (record.offset === high) marks = whole.marks(high);
          return saying(whole, record);
        });
        if (marks === undefined) return;
        const { low } = marks;
        const resumed = new PartitionStreams(options, decodeMarks(low, encodeMarks(marks)));
        for (const record of log.slice(Number(low))) {
          const said = saying(resumed, record);
          const wanted = record.offset < high ? SILENCE : expected[Number(record.offset)];
          expect(said, `record ${record.offset}, resumed from ${low} at ${high}`).toEqual(wanted);
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    [
      'a late chunk that reaches behind the start of its run',
      [
        [0, 2],
        [11, 1],
        [8.5, 4.5],
        [13, 2],
        [15, 4],
      ],
    ],
    [
      'and another one right after it',
      [
        [0, 2],
        [11, 1],
        [8.5, 4.5],
        [7, 6.5],
        [13.5, 2],
        [15.5, 4],
      ],
    ],
  ])('%s leaves no window that nobody saw before', (_, chunks) => {
    const log = toLog(chunks.map(([from = 0, seconds = 0]) => ({ chunk: chunk(1, from, seconds), waitMs: 1_000 })));
    const whole = new PartitionStreams(options);
    const marks = log.map((record) => {
      const before = whole.marks(record.offset);
      return { ...before, said: saying(whole, record) };
    });
    for (const { low, high, ignored } of marks) {
      const resumed = new PartitionStreams(options, { low, high, ignored });
      const said = log.slice(Number(low)).map((record) => saying(resumed, record));
      const wanted = log
        .slice(Number(low))
        .map(({ offset }) => (offset < high ? SILENCE : marks[Number(offset)]?.said));
      expect(said, `resumed from ${low} at ${high}`).toEqual(wanted);
    }
  });

  test('a clock that is set back decides no stream’s fate by the order of the streams', () => {
    const log = toLog([
      { chunk: chunk(2, 0, 2), waitMs: 200_000 },
      { chunk: chunk(1, 0, 2), waitMs: -150_000 },
      { chunk: chunk(3, 0, 2), waitMs: 140_000 },
    ]);
    const streams = new PartitionStreams(options);
    for (const record of log) streams.take(record);
    expect(streams.liveStreams, 'streams 2 and 3').toBe(2);
  });

  test('marks survive their encoding, and a stranger’s metadata is a plain position', () => {
    const marks = { low: 1_000n, high: 1_600n, ignored: [1_000n, 1_003n, 1_599n] };
    expect(decodeMarks(1_000n, encodeMarks(marks))).toEqual(marks);
    expect(decodeMarks(7n, undefined)).toEqual({ low: 7n, high: 7n, ignored: [] });
    expect(decodeMarks(7n, 'something else')).toEqual({ low: 7n, high: 7n, ignored: [] });
  });

  test('metadata fits what brokers allow', () => {
    const ignored = Array.from({ length: 100_000 }, (_, index) => BigInt(index) * 40_000n);
    expect(encodeMarks({ low: 0n, high: 2n ** 62n, ignored }).length).toBeLessThan(4_096);
  });

  test('a device that repeats itself for ever does not pin the commit', () => {
    const entries = Array.from({ length: 8 }, (_, index) => ({ chunk: chunk(1, index, 1), waitMs: 1_000 }));
    for (let again = 0; again < 200; again++) entries.push({ chunk: chunk(1, 7, 1), waitMs: 1_000 });
    const streams = new PartitionStreams(options);
    const log = toLog(entries);
    for (const record of log) streams.take(record);
    expect(streams.marks(BigInt(log.length)).low).toBeGreaterThan(BigInt(log.length) - 150n);
  });
});

describe('one record', () => {
  const reading = (value: AudioChunk, key = value.subjectId) => {
    const [record] = toLog([{ chunk: value, waitMs: 0 }]) as [AudioRecord];
    return saying(new PartitionStreams(options), { ...record, key: Buffer.from(key) }).code;
  };

  test.each([
    ['WRONG_KEY', chunk(1, 0, 1), 'somebody'],
    ['INVALID_FIELD', chunk(1, 0, 1, { sampleRateHz: 4_000 }), undefined],
    ['INVALID_FIELD', chunk(1, 0, 1, { subjectId: '' }), ''],
    ['INVALID_FIELD', chunk(1, 0, 1, { sampleOffset: 2 ** 52 }), undefined],
    ['INVALID_FIELD', chunk(1, 0, 0), undefined],
    ['INVALID_FIELD', chunk(1, 0, 1, { preRollSamples: 1 }), undefined],
    ['INVALID_FIELD', chunk(1, 0, 1, { encoding: 'opus', sampleRateHz: 44_100 }), undefined],

    ['INVALID_FIELD', chunk(1, 0, 1, { deviceId: 'd\0s' }), undefined],
    ['INVALID_FIELD', chunk(1, 0, 1, { sessionId: 'no UTF-8: \ufffd' }), undefined],
    ['INVALID_FIELD', chunk(1, 0, 1, { timeZone: 'Z'.repeat(1_000_000) }), undefined],
    ['INVALID_FIELD', chunk(1, 0, 1, { timeZone: '' }), undefined],
    [undefined, chunk(1, 0, 1, { timeZone: 'America/Argentina/Buenos_Aires' }), undefined],
    ['CLOCK_OUT_OF_RANGE', chunk(1, 0, 1, { sessionStartedAt: STARTED_AT + 6 * 60_000 }), undefined],
    ['CLOCK_OUT_OF_RANGE', chunk(1, 0, 1, { sessionStartedAt: STARTED_AT - 8 * 24 * 3_600_000 }), undefined],
    ['UNDECODABLE_AUDIO', chunk(1, 0, 1, { audio: Buffer.alloc(3) }), undefined],
    ['UNDECODABLE_AUDIO', chunk(1, 0, 1, { encoding: 'flac' }), undefined],
    ['UNDECODABLE_AUDIO', chunk(1, 0, 1, { encoding: 'opus' }), undefined],
    ['UNKNOWN_ENCODING', chunk(1, 0, 1, { encoding: 'unknown' }), undefined],
    ['CHUNK_TOO_LONG', chunk(1, 0, 61), undefined],
    [undefined, chunk(1, 0, 1), undefined],
  ])('%s', (code, value, key) => {
    expect(reading(value, key ?? value.subjectId)).toBe(code);
  });

  test('a key of another partition is refused with the setting that mends it', () => {
    const [record] = toLog([{ chunk: chunk(1, 0, 1), waitMs: 0 }]) as [AudioRecord];
    const { rejection } = new PartitionStreams({ ...options, partitionOfKey: () => 3 }).take(record);
    expect(rejection?.reject).toMatchObject({ code: 'WRONG_PARTITION' });
    expect(rejection?.reject.message).toContain('murmur2_random');
  });

  test('a changed sample rate is refused and the session goes on', () => {
    const log = toLog(
      [0, 2, 4, 6].flatMap((from) => [
        { chunk: chunk(1, from, 2), waitMs: 1_000 },
        { chunk: chunk(1, from + 2, 2, { sampleRateHz: 48_000 }), waitMs: 0 },
      ]),
    );
    const streams = new PartitionStreams(options);
    const said = log.map((record) => saying(streams, record));
    expect(said.map(({ code }) => code)).toEqual([0, 1, 2, 3].flatMap(() => [undefined, 'SESSION_CHANGED']));
    expect(said.flatMap(({ windows }) => windows)).toHaveLength(1);
  });
});
