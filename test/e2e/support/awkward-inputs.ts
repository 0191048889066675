import { type AudioChunk, SCHEMAS, createCodec, encode } from '#libs/contracts';
import type { OutgoingRecord } from '#libs/messaging';
import { sampleChunk } from '../../support/sample-chunk.js';

type Sent = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>;

/** What becomes of a record: an estimate's worth, an irregular one, a reason to drop it, or the code of a dead letter. */
export type Fate = 'ok' | 'gap' | 'overlap' | 'duplicate_chunk' | 'session_ended' | (string & {});

export interface AwkwardInput {
  name: string;
  records: { fate: Fate; sent: Sent }[];
}

const YEAR_MS = 365 * 24 * 3_600_000;
const ENDLESS_LONG = Buffer.from('ffffffffffffffffff01', 'hex');

/** The schema of a sender that is newer than this reader. */
const [newest] = SCHEMAS.AudioChunk.slice(-1) as unknown as [{ version: number; schema: { fields: object[] } }];
const fields = [...newest.schema.fields, { name: 'firmware', type: 'string', default: 'unknown' }];
const tomorrow = createCodec({ ...SCHEMAS, AudioChunk: [{ version: 99, schema: { ...newest.schema, fields } }] });

/**
 * Everything that a fleet's worst devices send, by one person on one partition, with what must become of it.
 * @param elsewhere a subject whose key belongs to another partition
 */
export function awkwardInputs(subjectId: string, elsewhere: string, nowMs: number): AwkwardInput[] {
  const startedAt = nowMs - 600_000;
  const chunk = (sessionId: string, changes: Partial<AudioChunk> = {}, seconds = 1): AudioChunk =>
    sampleChunk(subjectId, seconds, { sessionId, sessionStartedAt: startedAt, endOfSession: false, ...changes });
  const at = (second: number) => ({ sampleOffset: second * 16_000 });
  const one = (fate: Fate, name: string, value: Buffer | null, sent: Partial<Sent> = {}): AwkwardInput => ({
    name,
    records: [{ fate, sent: { key: subjectId, value, ...sent } }],
  });
  const field = (fate: Fate, name: string, changes: Partial<AudioChunk>, seconds = 1) =>
    one(fate, name, encode('AudioChunk', chunk(name, changes, seconds)));
  const stream = (name: string, ...steps: [Fate, Partial<AudioChunk>][]): AwkwardInput => ({
    name,
    records: steps.map(([fate, changes]) => ({
      fate,
      sent: { key: subjectId, value: encode('AudioChunk', chunk(name, changes)) },
    })),
  });
  const good = encode('AudioChunk', chunk('good'));
  const largest = Number.MAX_SAFE_INTEGER - 1;
  const beyond = encode('AudioChunk', chunk('overflow', { sampleOffset: largest }));
  const offsetAt = beyond.indexOf(Buffer.from('fcffffffffffff1f', 'hex'));

  return [
    one('UNKNOWN_FRAMING', 'no value', null),
    one('UNKNOWN_FRAMING', 'an empty value', Buffer.alloc(0)),
    one('UNKNOWN_FRAMING', 'Confluent framing', Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), good.subarray(10)])),
    one('UNKNOWN_FRAMING', 'twenty thousand headers', Buffer.from('hello'), {
      headers: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'x'])),
    }),
    one(
      'UNKNOWN_SCHEMA',
      'a newer version of the schema',
      tomorrow.encode('AudioChunk', { ...chunk('newer'), firmware: '9' } as AudioChunk),
    ),
    one('UNEXPECTED_RECORD', 'another record', encode('Watermark', { processedThrough: nowMs, caughtUp: true })),
    one('MALFORMED_RECORD', 'a truncated body', good.subarray(0, 60)),
    one('MALFORMED_RECORD', 'bytes behind the body', Buffer.concat([good, Buffer.from([0])])),
    one(
      'MALFORMED_RECORD',
      'an offset beyond 64 bits',
      Buffer.concat([beyond.subarray(0, offsetAt), ENDLESS_LONG, beyond.subarray(offsetAt + 8)]),
    ),
    field('INVALID_FIELD', 'the largest offset', { sampleOffset: largest }),
    field('INVALID_FIELD', 'an offset before the start', { sampleOffset: -1 }),
    field('INVALID_FIELD', 'a rate too low', { sampleRateHz: 7_999 }),
    field('INVALID_FIELD', 'a rate too high', { sampleRateHz: 96_001 }),
    field('INVALID_FIELD', 'no channels', { channels: 0 }),
    field('INVALID_FIELD', 'an id with control characters', { deviceId: 'a\0b' }),
    field('INVALID_FIELD', 'an endless time zone', { timeZone: 'Z'.repeat(500_000) }),
    field('INVALID_FIELD', 'no sound', { audio: Buffer.alloc(0) }),
    field('CHUNK_TOO_LONG', 'a minute too long', { sampleRateHz: 8_000, audio: Buffer.alloc(61 * 16_000) }),
    field('UNKNOWN_ENCODING', 'an unknown encoding', { encoding: 'unknown' }),
    field('UNDECODABLE_AUDIO', 'FLAC that is none', { encoding: 'flac' }),
    field('UNDECODABLE_AUDIO', 'Opus packets that end too early', {
      encoding: 'opus',
      audio: Buffer.from([200, 0, 1]),
    }),
    field('INVALID_FIELD', 'Opus without its pre-roll', { encoding: 'opus', ...at(1) }),
    field('UNDECODABLE_AUDIO', 'half a sample', { audio: Buffer.alloc(7) }),
    field('CLOCK_OUT_OF_RANGE', 'a clock years ahead', { sessionStartedAt: nowMs + 3 * YEAR_MS }),
    field('CLOCK_OUT_OF_RANGE', 'a clock years behind', { sessionStartedAt: nowMs - 3 * YEAR_MS }),
    one('WRONG_KEY', "somebody else's key", good, { key: 'somebody-else' }),
    one('WRONG_KEY', 'no key', good, { key: null }),
    one('WRONG_PARTITION', 'a key of another partition', encode('AudioChunk', sampleChunk(elsewhere, 5)), {
      key: elsewhere,
    }),
    stream('a rate that changes', ['ok', at(0)], ['SESSION_CHANGED', { ...at(1), sampleRateHz: 8_000 }], ['ok', at(1)]),
    stream('an offset that goes back', ['ok', at(0)], ['ok', at(1)], ['duplicate_chunk', at(0)], ['ok', at(2)]),
    stream('an overlap', ['ok', at(0)], ['overlap', at(0.5)], ['ok', at(1.5)]),
    stream('a jump far ahead', ['ok', at(0)], ['gap', at(200)], ['ok', at(201)]),
    stream(
      'an end, twice, and sound behind it',
      ['ok', at(0)],
      ['ok', { ...at(1), audio: Buffer.alloc(0), endOfSession: true }],
      ['session_ended', { ...at(1), audio: Buffer.alloc(0), endOfSession: true }],
      ['session_ended', at(1)],
    ),
  ];
}
