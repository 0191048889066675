import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OGG_OPUS_RATE_HZ, cutIntoChunks, encodePcm, readAudioFile, readOggOpus, toInt16 } from '#libs/audio';
import { BreathSound, personFromSeed, planSession } from '#libs/breath-synthesis';
import { type AudioChunk, encode } from '#libs/contracts';
import type { AudioRecord } from './audio-record.js';
import { decodeMarks, encodeMarks } from './marks.js';
import { PartitionStreams, type StreamWindow } from './partition-streams.js';

const STARTED_AT = 1_700_000_000_000;
const SECONDS = 7;
const options = { partition: 0, partitionOfKey: () => 0 };
const bytes = readFileSync(new URL('../../audio/fixtures/breath.opus', import.meta.url));

function fileOf() {
  const file = readOggOpus(bytes);
  if (file.kind !== 'ok') throw new Error('the fixture is broken');
  return file.value;
}

/** What the fixture was encoded from (libs/audio/fixtures/make-fixtures.mjs). */
function original(): Float32Array {
  const stage = { seconds: SECONDS, restState: 'active', trialStage: 'during', effort: 1, heard: 'breath' } as const;
  const sound = new BreathSound(planSession(personFromSeed(5), [stage], 5), OGG_OPUS_RATE_HZ);
  return sound.read(0, SECONDS * OGG_OPUS_RATE_HZ);
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (of: ArrayLike<number>) => Array.from(of).reduce((sum, value) => sum + value, 0) / of.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The device has its packets decoded at this rate. */
const RATE_HZ = 16_000;

/** The session of a device that sends the fixture's packets `rounds` times over, as one stream. */
function logOf(rounds: number, changes: Partial<AudioChunk> = {}): AudioRecord[] {
  const { packets, preSkipSamples } = fileOf();
  const stream = Array.from({ length: rounds }, () => packets).flat();
  const chunks = [...cutIntoChunks(stream, RATE_HZ, (preSkipSamples * RATE_HZ) / OGG_OPUS_RATE_HZ)];
  return chunks.map(({ sampleOffset, preRollSamples, audio, samples }, index) => {
    const chunk: AudioChunk = {
      subjectId: 'someone',
      deviceId: 'd',
      sessionId: 's',
      sessionStartedAt: STARTED_AT,
      sampleOffset,
      sampleRateHz: RATE_HZ,
      channels: 1,
      encoding: 'opus',
      preRollSamples,
      audio,
      restState: 'active',
      restStateSource: 'declared',
      stage: 'none',
      environment: 'indoor',
      timeZone: 'UTC',
      endOfSession: index === chunks.length - 1,
      ...changes,
    };
    const appendTimeMs = STARTED_AT + ((sampleOffset + samples) * 1000) / RATE_HZ;
    return { offset: BigInt(index), appendTimeMs, key: Buffer.from('someone'), value: encode('AudioChunk', chunk) };
  });
}

function windowsOf(log: AudioRecord[]): StreamWindow[] {
  const streams = new PartitionStreams(options);
  return log.flatMap((record) => {
    const { windows, rejection } = streams.take(record);
    expect(rejection).toBeUndefined();
    return windows;
  });
}

const digest = ({ window: { frames, ...rest } }: StreamWindow) =>
  JSON.stringify([rest, createHash('sha256').update(frames).digest('hex')]);

const levels = ({ window }: StreamWindow) => window.frames.map((energy) => Math.log(energy + 1e-9));

test('an Ogg Opus file holds the sound that was encoded, each sample in its place', () => {
  const sound = original();
  const { samples } = readAudioFile(bytes, 'breath.opus');
  expect(samples).toHaveLength(sound.length);
  // The waveform is kept best where it lies: within three samples, or 63 us, since libopus resamples what it calls SILK.
  const lags = Array.from({ length: 13 }, (_, i) => (i - 6) * 3);
  const middle = sound.subarray(48_000, -48_000);
  const similar = lags.map((lag) => correlation(samples.subarray(48_000 + lag, samples.length - 48_000 + lag), middle));
  const best = similar.reduce((found, value, i) => (value > (similar[found] as number) ? i : found), 0);
  expect(Math.abs(lags[best] as number)).toBeLessThanOrEqual(3);
  expect(similar[best]).toBeGreaterThan(0.6); // 16 kbit/s of noise
});

test('a session of Opus packets gives the windows of the sound that was encoded', () => {
  const [pcm] = logOf(1, {
    encoding: 'pcm_s16le',
    sampleRateHz: OGG_OPUS_RATE_HZ,
    preRollSamples: 0,
    sampleOffset: 0,
    endOfSession: true,
    audio: encodePcm(toInt16(original())),
  });
  const expected = windowsOf([pcm as AudioRecord]);
  const windows = windowsOf(logOf(1));
  expect(windows.map(({ window }) => window.startSample)).toEqual([0, 48_000]);
  expect(expected).toHaveLength(2);
  for (const [index, window] of windows.entries()) {
    const there = levels(expected[index] as StreamWindow);
    expect(correlation(levels(window).subarray(0, there.length), there)).toBeGreaterThan(0.9);
  }
});

test('nothing depends on where a replay of Opus began', () => {
  const log = logOf(3);
  const whole = windowsOf(log).map(digest);
  expect(whole).toHaveLength(6);
  fc.assert(
    fc.property(fc.nat(log.length - 1), (from) => {
      const replayed = windowsOf(log.slice(from)).map(digest);
      expect(replayed).toEqual(whole.slice(whole.length - replayed.length));
      expect(replayed.length).toBeGreaterThanOrEqual(Math.floor((log.length - from - 6) / 3));
    }),
    { numRuns: 10 },
  );
});

test('an owner who resumes an Opus session from the marks of a commit says what the old one would have said', () => {
  const log = logOf(3);
  fc.assert(
    fc.property(fc.nat(log.length - 1), (high) => {
      const before = new PartitionStreams(options);
      for (const record of log.slice(0, high)) before.take(record);
      const { low, ...marks } = before.marks(BigInt(high));
      const after = new PartitionStreams(options, decodeMarks(low, encodeMarks({ low, ...marks })));
      const said = log.slice(Number(low)).flatMap((record) => after.take(record).windows);
      const expected = log.slice(high).flatMap((record) => before.take(record).windows);
      expect(said.map(digest)).toEqual(expected.map(digest));
    }),
    { numRuns: 10 },
  );
});
