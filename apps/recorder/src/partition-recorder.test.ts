import { type BreathEstimate, type BreathTruth, DEAD_LETTER_HEADERS, TOPICS, encode } from '#libs/contracts';
import type { LogRecord, OutgoingRecord } from '#libs/messaging';
import { describe, expect, test } from 'vitest';
import { Batcher } from './batcher.js';
import { recorderMetrics } from './metrics.js';
import { createPartitionRecorder } from './partition-recorder.js';
import { readEstimate, readTruth } from '#libs/store';

const ESTIMATE: BreathEstimate = {
  subjectId: 'subject-1',
  deviceId: 'device-1',
  sessionId: 'session-1',
  sessionStartedAt: 1_795_463_320_000,
  windowStart: 1_795_463_323_000,
  startSample: 48_000,
  windowSamples: 96_000,
  rrPerMinute: 15.5,
  rrStdDev: 1.5,
  breathCount: 1.5,
  pNone: 0,
  pNormal: 1,
  pHeavy: 0,
  pNoise: 0,
  quality: 'ok',
  restState: 'rest',
  stage: 'none',
  environment: 'indoor',
  timeZone: 'UTC',
  modelVersion: 'm1',
};
const TRUTH: BreathTruth = {
  subjectId: 'subject-1',
  deviceId: 'device-1',
  sessionId: 'session-1',
  startedAt: 1_795_463_320_000,
  durationSeconds: 30,
  rrPerMinute: 15.5,
  breathing: true,
  snrDb: 99,
  restState: 'rest',
};
const WATERMARK = encode('Watermark', { processedThrough: 1, caughtUp: true });

const record = (offset: bigint, value: Buffer | null): LogRecord => ({
  topic: TOPICS.estimates,
  partition: 3,
  offset,
  appendTimeMs: 1_795_463_330_000,
  key: Buffer.from('subject-1'),
  value,
  headers: { mine: 'kept' },
});
const CONTEXT = { highWatermark: 100n, committed: undefined, heartbeat: async () => undefined, isCurrent: () => true };

describe('a partition of the recorder', () => {
  function recorder(write: (rows: BreathEstimate[]) => Promise<void>) {
    const letters: OutgoingRecord[] = [];
    const handler = createPartitionRecorder(
      { topic: TOPICS.estimates, partition: 3 },
      {
        read: readEstimate,
        batcher: new Batcher(write, { maxRows: 10, maxDelayMs: 1 }),
        appendDeadLetters: async (more) => void letters.push(...more),
      },
    );
    return { handler, letters };
  }

  test('commits behind the last record, once its rows are written', async () => {
    const rows: BreathEstimate[] = [];
    const { handler, letters } = recorder(async (more) => void rows.push(...more));
    const records = [record(5n, encode('BreathEstimate', ESTIMATE)), record(9n, WATERMARK)];
    expect(await handler.process(records, CONTEXT)).toEqual({ offset: 10n });
    expect(rows).toEqual([ESTIMATE]);
    expect(letters).toEqual([]);
  });

  test('tells its lag only while it owns the partition', async () => {
    const { handler } = recorder(async () => undefined);
    const lags = async () => (await recorderMetrics.lag.get()).values.map(({ value }) => value);
    await handler.process([record(5n, WATERMARK)], CONTEXT);
    expect(await lags()).toEqual([94]);
    handler.close?.();
    await handler.process([record(6n, WATERMARK)], { ...CONTEXT, isCurrent: () => false });
    expect(await lags()).toEqual([]);
  });

  test('names no offset when the rows could not be written', async () => {
    const { handler } = recorder(() => Promise.reject(new Error('away')));
    const records = [record(5n, encode('BreathEstimate', ESTIMATE))];
    await expect(handler.process(records, CONTEXT)).rejects.toThrow('away');
  });

  test('sets aside what does not decode, with the original bytes, and goes on', async () => {
    const rows: BreathEstimate[] = [];
    const { handler, letters } = recorder(async (more) => void rows.push(...more));
    const records = [
      record(1n, Buffer.from('junk')),
      record(2n, null),
      record(3n, encode('BreathTruth', TRUTH)),
      record(4n, encode('BreathEstimate', ESTIMATE)),
    ];
    expect(await handler.process(records, CONTEXT)).toEqual({ offset: 5n });
    expect(rows).toEqual([ESTIMATE]);
    expect(letters.map(({ headers }) => headers?.[DEAD_LETTER_HEADERS.code])).toEqual([
      'UNKNOWN_FRAMING',
      'UNKNOWN_FRAMING',
      'UNEXPECTED_RECORD',
    ]);
    expect(letters[0]).toMatchObject({
      topic: `${TOPICS.estimates}.dead`,
      partition: 3,
      value: Buffer.from('junk'),
      headers: { mine: 'kept', [DEAD_LETTER_HEADERS.offset]: '1' },
    });
  });
});

describe('what no column can hold is rejected, since it would be tried for ever', () => {
  test.each<[string, Partial<BreathEstimate>]>([
    ['a rate that is no number', { rrPerMinute: NaN }],
    ['a negative rate', { rrPerMinute: -1 }],
    ['an infinite deviation', { rrStdDev: Infinity }],
    ['a window before 1970', { windowStart: -1 }],
    ['a window far in the future', { windowStart: 9e15 }],
    ['an empty window', { windowSamples: 0 }],
    ['a window of hours', { windowSamples: 2 ** 30 }],
    ['a negative sample', { startSample: -1 }],
  ])('%s', (_, changes) => {
    const value = encode('BreathEstimate', { ...ESTIMATE, ...changes });
    expect(readEstimate({ value })).toMatchObject({ kind: 'reject', code: 'INVALID_FIELD' });
  });

  test('and so is a truth that is no number', () => {
    expect(readTruth({ value: encode('BreathTruth', TRUTH) })).toEqual({ kind: 'ok', value: TRUTH });
    const value = encode('BreathTruth', { ...TRUTH, durationSeconds: NaN });
    expect(readTruth({ value })).toMatchObject({ kind: 'reject', code: 'INVALID_FIELD' });
  });
});
