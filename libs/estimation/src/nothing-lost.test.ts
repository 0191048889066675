import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFlac } from '#libs/audio';
import type { AudioChunk } from '#libs/contracts';
import { type FrameExtractor, allFrames } from '#libs/features';
import type { AudioRecord } from './audio-record.js';
import { PartitionStreams, type StreamWindow } from './partition-streams.js';
import { RATE_HZ, chunk, digest, toLog } from './testing/made-up-log.js';

/** Frames that change with each sample that they hold, and cost next to nothing. */
const ends: FrameExtractor = {
  width: 2,
  frameSamples: 400,
  hopSamples: 160,
  frames: (samples) => allFrames(ends, samples),
  frameInto(samples, start, target, at) {
    target[at] = samples[start] as number;
    target[at + 1] = samples[start + 399] as number;
  },
};
const options = { partition: 0, partitionOfKey: () => 0, extractor: ends };

const WINDOW_SECONDS = 6;
const HOP_SECONDS = 3;

function windowsOf(log: AudioRecord[]): StreamWindow[] {
  const streams = new PartitionStreams(options);
  return log.flatMap((record) => {
    const { windows, rejection } = streams.take(record);
    expect(rejection).toBeUndefined();
    return windows;
  });
}

const starts = (windows: StreamWindow[]) => windows.map(({ window }) => window.startSample / RATE_HZ);

/** Where windows begin whose samples all lie in [from, to). */
function fitting(from: number, to: number): number[] {
  const found: number[] = [];
  for (let start = Math.ceil(from / HOP_SECONDS) * HOP_SECONDS; start + WINDOW_SECONDS <= to; start += HOP_SECONDS) {
    found.push(start);
  }
  return found;
}

/** The same sound as FLAC. */
function asFlac(value: AudioChunk): AudioChunk {
  const { audio } = value;
  const samples = Int16Array.from({ length: audio.length / 2 }, (_, index) => audio.readInt16LE(2 * index));
  return { ...value, encoding: 'flac', audio: samples.length === 0 ? audio : encodeFlac(samples, value.sampleRateHz) };
}

const TOTAL_SECONDS = 13;

/** One person's sound in chunks that end at `cuts`, some of what was sent already sent again behind some of them. */
interface Cutting {
  /** Hundredths of a second. */
  cuts: number[];
  /** Behind which chunk, and from where to where, in percent of what was sent by then. */
  repeats: [number, number, number][];
  isFlac: boolean;
}

const cutting: fc.Arbitrary<Cutting> = fc.record({
  cuts: fc.uniqueArray(fc.integer({ min: 1, max: TOTAL_SECONDS * 100 - 1 }), { maxLength: 8 }),
  repeats: fc.array(fc.tuple(fc.nat(8), fc.nat(100), fc.nat(100)), { maxLength: 6 }),
  isFlac: fc.boolean(),
});

function chunksOf(subject: number, { cuts, repeats, isFlac }: Cutting): AudioChunk[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), TOTAL_SECONDS * 100].map((edge) => edge / 100);
  const chunks = edges.slice(1).flatMap((to, index) => {
    const from = edges[index] as number;
    const again = repeats
      .filter(([behind]) => behind === index)
      .map(([, one, other]) => [Math.min(one, other), Math.max(one, other)].map((percent) => (to * percent) / 100))
      .filter(([begin = 0, end = 0]) => Math.round((end - begin) * 8_000) > 0)
      .map(([begin = 0, end = 0]) => chunk(subject, begin, end - begin, { sampleRateHz: 8_000 }));
    const endOfSession = to === TOTAL_SECONDS;
    return [chunk(subject, from, to - from, { sampleRateHz: 8_000, endOfSession }), ...again];
  });
  return isFlac ? chunks.map(asFlac) : chunks;
}

describe('nothing is lost and nothing is made up', () => {
  test('any duplication, any cutting, either encoding, any company and any time of arrival give the same windows', () => {
    const waits = fc.array(fc.nat(2_500), { minLength: 48, maxLength: 48 });
    const whole = [1, 2].map((subject) =>
      windowsOf(
        toLog([{ chunk: chunk(subject, 0, TOTAL_SECONDS, { sampleRateHz: 8_000, endOfSession: true }), waitMs: 0 }]),
      ).map(digest),
    );
    expect(whole.map((windows) => windows.length)).toEqual([4, 4]);
    fc.assert(
      fc.property(cutting, cutting, fc.infiniteStream(fc.boolean()), waits, (first, second, turns, waitsMs) => {
        const queues = [chunksOf(1, first), chunksOf(2, second)];
        const sent: AudioChunk[] = [];
        while (queues.some((queue) => queue.length > 0)) {
          const isFirst: boolean = turns.next().value ?? true;
          const queue = queues[isFirst ? 0 : 1] as AudioChunk[];
          sent.push(...(queue.length > 0 ? queue : (queues[isFirst ? 1 : 0] as AudioChunk[])).splice(0, 1));
        }
        const windows = windowsOf(toLog(sent.map((value, index) => ({ chunk: value, waitMs: waitsMs[index] ?? 0 }))));
        for (const [index, wanted] of whole.entries()) {
          const own = windows.filter(({ stream }) => stream.subjectId === `subject-${index + 1}`);
          expect(own.map(digest)).toEqual(wanted);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('no window spans a gap, and every window that fits between two of them is there', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 25, maxLength: 40 }), (isLost) => {
        const kept = isLost.flatMap((lost, second) => (lost && second % 4 === 0 ? [] : [second]));
        const log = toLog(kept.map((second) => ({ chunk: chunk(1, second, 1), waitMs: 1_000 })));
        const wanted: number[] = [];
        for (let from = 0; from < isLost.length; from++) {
          if (!kept.includes(from) || kept.includes(from - 1)) continue;
          let to = from;
          while (kept.includes(to)) to += 1;
          wanted.push(...fitting(from, to));
        }
        expect(starts(windowsOf(log))).toEqual(wanted);
      }),
      { numRuns: 25 },
    );
  });

  describe('a device that kept an hour of sound and then uploads it', () => {
    const HOUR = 3_600;
    const sound = Buffer.alloc(10 * RATE_HZ * 2, 7);
    const upload = (from: number, to: number, firstWaitMs: number) =>
      Array.from({ length: (to - from) / 10 }, (_, index) => ({
        chunk: { ...chunk(1, from + 10 * index, 0), audio: sound, endOfSession: from + 10 * index + 10 === to },
        waitMs: index === 0 ? firstWaitMs : 5,
      }));

    test('loses nothing', () => {
      expect(starts(windowsOf(toLog(upload(0, HOUR, HOUR * 1_000))))).toEqual(fitting(0, HOUR));
    });

    test('and was live before loses nothing either when it sends the last window’s length again', () => {
      const live = upload(0, 30, 0).map((entry) => ({ ...entry, chunk: { ...entry.chunk, endOfSession: false } }));
      const behind = starts(windowsOf(toLog([...live, ...upload(30, HOUR, HOUR * 1_000)])));
      expect(behind, 'its run ended after 120 s').toEqual([...fitting(0, 30), ...fitting(30, HOUR)]);
      const again = starts(windowsOf(toLog([...live, ...upload(20, HOUR, HOUR * 1_000)])));
      expect([...new Set(again)].sort((a, b) => a - b)).toEqual(fitting(0, HOUR));
    });
  });
});
