import { type AudioChunk, encode } from '#libs/contracts';
import { pick } from './random.js';

export interface SentRecord {
  key: string;
  value: Buffer;
}

const RATES = [8_000, 16_000, 44_100];
const REST_STATES = ['rest', 'active', 'unknown'] as const;

/**
 * A session as a bad network and worse devices send it, second by second: gaps, repeats, overlaps, late chunks, an end
 * that comes or not, changed facts, rubbish.
 */
export function* awkwardSession(
  random: () => number,
  subjectId: string,
  sessionId: string,
  sessionStartedAt: number,
): Generator<SentRecord[]> {
  const base = { subjectId, sessionId, sampleRateHz: pick(random, RATES), sessionStartedAt };
  const seconds = 18 + Math.floor(random() * 22);
  for (let second = 0; second < seconds; second++) {
    const records: SentRecord[] = [];
    const send = (from: number, length: number, changes: Partial<AudioChunk> = {}) =>
      records.push({ key: subjectId, value: encode('AudioChunk', chunk(base, from, length, changes)) });
    const dice = random();
    const restState = REST_STATES[Math.floor(second / 10) % REST_STATES.length] ?? 'unknown';
    const endOfSession = second === seconds - 1 && random() < 0.7;
    if (dice >= 0.04) {
      if (dice < 0.06) records.push({ key: subjectId, value: Buffer.from('no chunk at all') });
      if (dice > 0.9 && dice < 0.93) send(second, 1, { sampleRateHz: 22_050 });
      if (dice > 0.97 && second > 3) send(second - 2.5, 3.5, { restState, endOfSession });
      else send(second, 1, { restState, endOfSession });
      if (dice > 0.93 && dice < 0.97) send(Math.max(0, second - 1), 1, { restState });
    } // else it was lost on the way
    yield records;
  }
}

type Base = Pick<AudioChunk, 'subjectId' | 'sessionId' | 'sampleRateHz' | 'sessionStartedAt'>;

function chunk(base: Base, fromSeconds: number, seconds: number, changes: Partial<AudioChunk>): AudioChunk {
  const sampleOffset = Math.round(fromSeconds * base.sampleRateHz);
  return {
    ...base,
    deviceId: 'headphone',
    sampleOffset,
    channels: 1,
    encoding: 'pcm_s16le',
    preRollSamples: 0,
    audio: breathing(base, sampleOffset, Math.round(seconds * base.sampleRateHz)),
    restState: 'unknown',
    restStateSource: 'declared',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'Europe/Vienna',
    endOfSession: false,
    ...changes,
  };
}

/** Noise that swells every 3 s: a function of session and sample, so that a repeat repeats its bytes. */
function breathing({ sessionId, sampleRateHz }: Base, from: number, count: number): Buffer {
  const bytes = Buffer.alloc(2 * count);
  const salt = Number(sessionId.split('-').at(-1)) + 1;
  for (let n = 0; n < count; n++) {
    const noise = (Math.imul((from + n) * salt + salt, 2_654_435_761) >> 18) / 8_192;
    const swell = Math.max(0, Math.sin((2 * Math.PI * (from + n)) / sampleRateHz / 3));
    bytes.writeInt16LE(Math.round(3_000 * noise * swell), 2 * n);
  }
  return bytes;
}
