import { createHash } from 'node:crypto';
import { type AudioChunk, encode, timeOfSampleMs } from '#libs/contracts';
import type { FrameExtractor } from '#libs/features';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AudioRecord } from './audio-record.js';
import { PartitionStreams, type StreamWindow } from './partition-streams.js';
import { type TimeRange, beginsIn, readFromMs } from './time-range.js';

const RATE_HZ = 8_000;
const STARTED_AT = 1_700_000_000_000;
const limits = { aheadMs: 20_000, behindMs: 3_600_000 };

/** Two samples tell frames apart as well as forty bands do, and cost nothing. */
const extractor: FrameExtractor = {
  width: 2,
  frameSamples: 400,
  hopSamples: 160,
  frames(samples) {
    const count = Math.floor((samples.length - this.frameSamples) / this.hopSamples) + 1;
    const frames = new Float32Array(Math.max(0, count) * this.width);
    for (let n = 0; n < count; n++) this.frameInto(samples, n * this.hopSamples, frames, n * this.width);
    return frames;
  },
  frameInto(samples, start, target, at) {
    target[at] = samples[start] as number;
    target[at + 1] = samples[start + 399] as number;
  },
};
const options = { partition: 0, partitionOfKey: () => 0, limits, extractor };

/** Sound that is a function of the sample, so that a repeated chunk repeats its bytes. */
function sound(from: number, count: number): Buffer {
  const audio = Buffer.alloc(count * 2);
  for (let n = 0; n < count; n++) audio.writeInt16LE((((from + n) * 2_654_435_761) >>> 20) - 2048, n * 2);
  return audio;
}

function record(index: number, appendSeconds: number, subject: string, from: number, seconds: number, end: boolean) {
  const sampleOffset = Math.round(Math.max(0, from) * RATE_HZ);
  const chunk: AudioChunk = {
    subjectId: subject,
    deviceId: 'd',
    sessionId: 's',
    sessionStartedAt: STARTED_AT,
    sampleOffset,
    sampleRateHz: RATE_HZ,
    channels: 1,
    encoding: 'pcm_s16le',
    preRollSamples: 0,
    audio: sound(sampleOffset, Math.round(seconds * RATE_HZ)),
    restState: 'rest',
    restStateSource: 'declared',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'UTC',
    endOfSession: end,
  };
  const value = encode('AudioChunk', chunk);
  const appendTimeMs = STARTED_AT + Math.round(1000 * appendSeconds);
  return { offset: BigInt(index), appendTimeMs, key: Buffer.from(subject), value };
}

/** Two devices that send chunks of 10 s, late, twice, out of order, ahead of time, beyond their end, or not at all. */
const steps = fc.array(
  fc.record({
    subject: fc.constantFrom('a', 'b'),
    waitSeconds: fc.constantFrom(5, 5, 5, 5, 5, 70, 130),
    aheadSeconds: fc.constantFrom(0, 0, 0, 0, 0, 0, -14, -40, 18),
    end: fc.integer({ min: 0, max: 14 }).map((dice) => dice === 0),
  }),
  { minLength: 50, maxLength: 80 },
);

/** A device's sound is half as long as the time that passes in these logs, and catches up in one chunk. */
function logOf(drawn: { subject: string; waitSeconds: number; aheadSeconds: number; end: boolean }[]): AudioRecord[] {
  let now = 0;
  return drawn.map(({ subject, waitSeconds, aheadSeconds, end }, index) => {
    now += waitSeconds;
    return record(index, now, subject, now - 10 + aheadSeconds, 10, end);
  });
}

function digest({ stream, window }: StreamWindow): string {
  const { frames, ...rest } = window;
  return JSON.stringify([stream, rest, createHash('sha256').update(frames).digest('hex').slice(0, 12)]);
}

function windowsIn(log: readonly AudioRecord[], range: TimeRange): string[] {
  const streams = new PartitionStreams(options);
  return log
    .flatMap((one) => streams.take(one).windows)
    .filter(({ stream, window }) => beginsIn(range, timeOfSampleMs(stream.sessionStartedAt, window.startSample)))
    .map(digest);
}

test('a range read from its lead on gives the windows that the whole log gives there, to the bit', () => {
  let cut = 0;
  let windows = 0;
  fc.assert(
    fc.property(steps, fc.integer({ min: 350, max: 900 }), (drawn, fromSeconds) => {
      const log = logOf(drawn);
      const range = { fromMs: STARTED_AT + fromSeconds * 1000, toMs: STARTED_AT + (fromSeconds + 200) * 1000 };
      const part = log.filter(({ appendTimeMs }) => appendTimeMs >= readFromMs(range, limits));
      cut += log.length - part.length;
      const expected = windowsIn(log, range);
      windows += expected.length;
      expect(windowsIn(part, range)).toEqual(expected);
    }),
    { numRuns: 5 },
  );
  expect(cut, 'records that were not needed').toBeGreaterThan(10);
  expect(windows).toBeGreaterThan(10);
});

test('a window belongs to the range in which it begins', () => {
  const range = { fromMs: 1_000, toMs: 2_000 };
  expect([999, 1_000, 1_999, 2_000].map((start) => beginsIn(range, start))).toEqual([false, true, true, false]);
});
