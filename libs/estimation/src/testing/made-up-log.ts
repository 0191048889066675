import { createHash } from 'node:crypto';
import { type AudioChunk, encode } from '#libs/contracts';
import type { AudioRecord } from '../audio-record.js';
import type { StreamWindow } from '../partition-streams.js';

export const RATE_HZ = 16_000;
export const STARTED_AT = 1_700_000_000_000;

/** Sound that is a function of stream and sample, so that a repeated chunk repeats its bytes. */
function sound(seed: number, from: number, count: number): Buffer {
  const audio = Buffer.alloc(count * 2);
  for (let n = 0; n < count; n++) audio.writeInt16LE((((from + n + seed) * 2_654_435_761) >>> 20) - 2048, n * 2);
  return audio;
}

/** A chunk of PCM that begins and lasts so many seconds. */
export function chunk(subject: number, from: number, seconds: number, changes: Partial<AudioChunk> = {}): AudioChunk {
  const rate = changes.sampleRateHz ?? RATE_HZ;
  return {
    subjectId: `subject-${subject}`,
    deviceId: 'd',
    sessionId: 's',
    sessionStartedAt: STARTED_AT,
    sampleOffset: Math.round(from * rate),
    sampleRateHz: rate,
    channels: 1,
    encoding: 'pcm_s16le',
    preRollSamples: 0,
    audio: sound(subject, Math.round(from * rate), Math.round(seconds * rate)),
    restState: 'rest',
    restStateSource: 'declared',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'UTC',
    endOfSession: false,
    ...changes,
  };
}

/** The records of chunks that come so long after each other. */
export const toLog = (entries: { chunk: AudioChunk; waitMs: number }[]): AudioRecord[] => {
  let appendTimeMs = STARTED_AT;
  return entries.map(({ chunk: value, waitMs }, index) => ({
    offset: BigInt(index),
    appendTimeMs: (appendTimeMs += waitMs),
    key: Buffer.from(value.subjectId),
    value: encode('AudioChunk', value),
  }));
};

/** A window in a form that compares to the bit. */
export function digest({ stream, window }: StreamWindow): string {
  const { frames, ...rest } = window;
  return JSON.stringify([stream, rest, createHash('sha256').update(frames).digest('hex').slice(0, 12)]);
}
