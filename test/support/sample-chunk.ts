import type { AudioChunk } from '#libs/contracts';

/** One chunk that holds a whole short session: `seconds` of noise at 16 kHz, ended, so that it yields one window. */
export function sampleChunk(subjectId: string, seconds: number, changes: Partial<AudioChunk> = {}): AudioChunk {
  const samples = Math.round(seconds * 16_000);
  const audio = Buffer.alloc(samples * 2);
  let seed = 7;
  for (let n = 0; n < samples; n++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    audio.writeInt16LE(seed >> 20, n * 2);
  }
  return {
    subjectId,
    deviceId: 'headphone-1',
    sessionId: 'session-1',
    sessionStartedAt: Date.now() - 60_000,
    sampleOffset: 0,
    sampleRateHz: 16_000,
    channels: 1,
    encoding: 'pcm_s16le',
    preRollSamples: 0,
    audio,
    restState: 'rest',
    restStateSource: 'declared',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'UTC',
    endOfSession: true,
    ...changes,
  };
}
