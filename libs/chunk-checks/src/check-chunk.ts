import { type AudioChunk, type StageResult, ok, reject } from '#libs/contracts';

export interface ChunkLimits {
  /** A chunk may end at most this long after its LogAppendTime. @default 5 minutes */
  aheadMs: number;
  /** ... and begin at most this long before it. @default 7 days */
  behindMs: number;
}

export const DEFAULT_CHUNK_LIMITS: ChunkLimits = { aheadMs: 5 * 60_000, behindMs: 7 * 24 * 3_600_000 };

const SAMPLE_RATES_HZ = { lowest: 8_000, highest: 96_000 };
const MOST_CHANNELS = 8;
const LONGEST_ID_CHARACTERS = 128;
/** Control characters, and what is left of bytes that are no UTF-8: two senders' ids could look alike. */
const UNFIT_FOR_IDS = /[\p{Cc}\uFFFD]/u;
/** Names of the IANA database and alike. It stands in every estimate, so it must not be long. */
const TIME_ZONE = /^[\w+\-/]{1,64}$/;
/** A session of a month: beyond it the sample offset is a fault of the device, and sums stay exact in a double. */
const LONGEST_SESSION_SECONDS = 31 * 24 * 3_600;

/** Checks the fields of a chunk that must be right whatever came before it. Rejects INVALID_FIELD. */
export function checkFields(chunk: AudioChunk): StageResult<AudioChunk> {
  const fault = faultIn(chunk);
  return fault === undefined ? ok(chunk) : reject('INVALID_FIELD', fault);
}

function faultIn(chunk: AudioChunk): string | undefined {
  for (const name of ['subjectId', 'deviceId', 'sessionId'] as const) {
    const fault = faultOfId(chunk[name]);
    if (fault !== undefined) return `${name} ${fault}`;
  }
  const { sampleRateHz, channels, sampleOffset, sessionStartedAt, encoding, preRollSamples } = chunk;
  if (sampleRateHz < SAMPLE_RATES_HZ.lowest || sampleRateHz > SAMPLE_RATES_HZ.highest) {
    return `sampleRateHz is ${sampleRateHz}; ${SAMPLE_RATES_HZ.lowest} to ${SAMPLE_RATES_HZ.highest} are allowed`;
  }
  if (channels < 1 || channels > MOST_CHANNELS) return `channels is ${channels}; 1 to ${MOST_CHANNELS} are allowed`;
  if (preRollSamples < 0) return `preRollSamples is ${preRollSamples}; it cannot be negative`;
  if (preRollSamples > 0 && encoding !== 'opus') return `preRollSamples is ${preRollSamples}; only Opus has a pre-roll`;
  if (sampleOffset < 0 || sampleOffset > LONGEST_SESSION_SECONDS * sampleRateHz) {
    return `sampleOffset is ${sampleOffset}; a session has 0 to ${LONGEST_SESSION_SECONDS} s of samples`;
  }
  if (!TIME_ZONE.test(chunk.timeZone)) return 'timeZone is no name of an IANA time zone, such as Europe/Berlin';
  return sessionStartedAt > 0 ? undefined : `sessionStartedAt is ${sessionStartedAt}; it cannot be before 1970`;
}

/** What is wrong with the id of a subject, device or session, to be read behind its name; undefined for a good one. */
export function faultOfId(id: string): string | undefined {
  if (id.length === 0 || id.length > LONGEST_ID_CHARACTERS) {
    return `has ${id.length} characters; 1 to ${LONGEST_ID_CHARACTERS} are allowed`;
  }
  return UNFIT_FOR_IDS.test(id) ? 'holds control characters or bytes that are no UTF-8' : undefined;
}

/** Rejects WRONG_KEY, and WRONG_PARTITION when the key belongs elsewhere under Kafka's default partitioner. */
export function checkPlace(
  { key }: { key: Buffer | null },
  chunk: AudioChunk,
  partition: number,
  partitionOfKey: (key: Buffer) => number,
): StageResult<AudioChunk> {
  if (key === null || key.toString('utf8') !== chunk.subjectId) {
    return reject('WRONG_KEY', 'the key must be the subjectId of the record, so that one person stays in order');
  }
  const right = partitionOfKey(key);
  if (right === partition) return ok(chunk);
  return reject(
    'WRONG_PARTITION',
    `the key belongs to partition ${right} under murmur2 and came on ${partition}; with kcat and librdkafka set -X topic.partitioner=murmur2_random`,
  );
}

/** Rejects CLOCK_OUT_OF_RANGE when the chunk's own time is too far from the time at which the log took it. */
export function checkClock(
  { appendTimeMs }: { appendTimeMs: number },
  chunk: AudioChunk,
  limits: ChunkLimits,
): StageResult<AudioChunk> {
  const startMs = chunk.sessionStartedAt + (chunk.sampleOffset * 1000) / chunk.sampleRateHz;
  const aheadMs = startMs - appendTimeMs;
  if (aheadMs <= limits.aheadMs && -aheadMs <= limits.behindMs) return ok(chunk);
  const [far, where] = aheadMs > 0 ? [aheadMs, 'after'] : [-aheadMs, 'before'];
  return reject(
    'CLOCK_OUT_OF_RANGE',
    `the chunk begins ${Math.round(far / 1000)} s ${where} its LogAppendTime; ${limits.behindMs / 1000} s before to ${limits.aheadMs / 1000} s after are allowed`,
  );
}
