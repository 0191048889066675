import { decodeAudio, encodeFlac, toInt16 } from '#libs/audio';
import { type AudioChunk, decode } from '#libs/contracts';
import type { OutgoingRecord } from '#libs/messaging';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { id, timeZone } from './arguments.js';
import { readRecording, subjectFromName } from './recordings.js';
import { type ReplayOptions, replay, surveyRecordings } from './replay.js';
import { Timeline, pastSeconds } from './timeline.js';

const options: ReplayOptions = {
  subject: 'me',
  device: 'replay',
  encoding: 'pcm_s16le',
  restState: 'rest',
  timeZone: 'UTC',
};

const tone = (seconds: number, rateHz: number) =>
  Int16Array.from({ length: seconds * rateHz }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 440 * i) / rateHz));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eupnea-replay-'));
  mkdirSync(join(folder, 'more'));
  writeFileSync(join(folder, 'cw02_deep.flac'), encodeFlac(tone(7.25, 16_000), 16_000));
  writeFileSync(join(folder, 'more', 'cw03-shallow.flac'), encodeFlac(tone(4.5, 48_000), 48_000));
  writeFileSync(join(folder, 'slow.flac'), encodeFlac(tone(3, 4_500), 4_500));
  writeFileSync(join(folder, 'broken.wav'), 'RIFF and nothing more');
  writeFileSync(join(folder, 'notes.txt'), 'no sound, and nobody expects any');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function send(path: string, over: Partial<ReplayOptions> = {}, stop = new AbortController()) {
  const complaints: string[] = [];
  const survey = surveyRecordings(path, (message) => complaints.push(message));
  const timeline = new Timeline(10_000, pastSeconds(survey.seconds, 10_000));
  const sent: OutgoingRecord[] = [];
  const log = { send: async (records: OutgoingRecord[]) => void sent.push(...records) };
  const summary = await replay(survey, { ...options, ...over }, timeline, log, stop.signal, () => undefined);
  const chunks = sent.map(({ value }) => {
    const decoded = decode(value, 'AudioChunk');
    if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
    return decoded.value.value;
  });
  return { summary, chunks, complaints };
}

function soundOf(chunks: AudioChunk[]): number[] {
  return chunks.flatMap((chunk) => {
    const decoded = decodeAudio(chunk);
    if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
    return [...decoded.value];
  });
}

describe('a folder', () => {
  test('gives one session per file, in order, without overlap; a broken file is named and stops no other', async () => {
    const { summary, chunks, complaints } = await send(folder);
    expect(complaints).toEqual([expect.stringMatching(/^NOT_AUDIO: .*broken\.wav: found broken WAV/)]);
    expect(summary).toMatchObject({ files: 3, failed: 1, chunks: 8 + 5 + 3, windowsExpected: 2 + 1 + 0 });
    expect(summary.sessions.map(({ windowsExpected }) => windowsExpected)).toEqual([2, 1, 0]);
    let freeFromMs = 0;
    for (const { sessionId } of summary.sessions) {
      const session = chunks.filter((chunk) => chunk.sessionId === sessionId);
      const last = session.at(-1) as AudioChunk;
      expect(session.map(({ endOfSession }) => endOfSession)).toEqual(session.map((_, i) => i === session.length - 1));
      expect(last.audio.length).toBeGreaterThan(0);
      expect(last.sessionStartedAt).toBeGreaterThan(freeFromMs);
      freeFromMs = last.sessionStartedAt + ((last.sampleOffset + last.audio.length / 2) / last.sampleRateHz) * 1000;
    }
    expect(Math.abs(Date.now() - freeFromMs)).toBeLessThan(3_000);
  });

  test('can name the subjects by its files', async () => {
    const { summary } = await send(folder, { subject: undefined as never, subjectFromName: true });
    expect(summary.sessions.map(({ subjectId }) => subjectId)).toEqual(['cw02', 'cw03', 'slow']);
    expect(subjectFromName('/a/b/cw02_deep.flac')).toBe('cw02');
  });
});

test.each(['pcm_s16le', 'flac'] as const)('a recording arrives bit by bit as %s', async (encoding) => {
  const { chunks } = await send(join(folder, 'cw02_deep.flac'), { encoding });
  expect(soundOf(chunks)).toEqual([...tone(7.25, 16_000)].map((sample) => sample / 32_768));
  expect(chunks[0]).toMatchObject({ encoding, restState: 'rest', restStateSource: 'declared', sampleRateHz: 16_000 });
});

test('a recording below 8 kHz is brought to 16 kHz', () => {
  const { sampleRateHz, samples } = readRecording(join(folder, 'slow.flac'));
  expect(sampleRateHz).toBe(16_000);
  expect(samples).toHaveLength(48_000);
  const peak = toInt16(samples).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(peak).toBeGreaterThan(7_900);
  expect(peak).toBeLessThan(8_500);
});

test('a stop ends the session that is being sent', async () => {
  const stop = new AbortController();
  stop.abort();
  const { summary } = await send(folder, {}, stop);
  expect(summary).toMatchObject({ files: 0, chunks: 0 });
});

test('what cannot be found or read is refused with its name', () => {
  const refused = (path: string) => () => surveyRecordings(path, () => undefined);
  expect(refused(join(folder, 'absent.wav'))).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }));
  expect(refused(join(folder, 'absent.wav'))).toThrow(/absent\.wav/);
  expect(refused(join(folder, 'notes.txt'))).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
  mkdirSync(join(folder, 'empty'), { recursive: true });
  expect(refused(join(folder, 'empty'))).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }));
});

test.each(['', 'x'.repeat(129)])('an id that the estimator would refuse is refused', (text) => {
  expect(() => id(text)).toThrow(/1 to 128/);
});

test('a time zone that does not exist is refused', () => {
  expect(timeZone('Asia/Kolkata')).toBe('Asia/Kolkata');
  expect(() => timeZone('Mars/Olympus')).toThrow(/IANA/);
});
