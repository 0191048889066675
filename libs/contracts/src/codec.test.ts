import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { describe, expect, test } from 'vitest';
import { createCodec, decode, encode } from './codec.js';
import { fingerprint } from './fingerprint.js';
import { SCHEMAS, type Watermark } from './generated/records.js';

const watermark: Watermark = { processedThrough: 1_700_000_000_000, caughtUp: true };

test('the generated types are those of schemas/', async () => {
  const { generate } = (await import(new URL('../generate.mjs', import.meta.url).href)) as { generate: () => string };
  const committed = readFileSync(new URL('./generated/records.ts', import.meta.url), 'utf8');
  expect(committed, 'run `npm run generate`').toBe(generate());
});

test('what is encoded decodes to the same value', () => {
  expect(decode(encode('Watermark', watermark), 'Watermark')).toEqual({
    kind: 'ok',
    value: { record: 'Watermark', value: watermark },
  });
});

describe('every committed version of every record is read by the newest one', () => {
  for (const [record, versions] of Object.entries(SCHEMAS)) {
    for (const { version, schema } of versions) {
      test(`${record} v${version}`, () => {
        const writer = avro.Type.forSchema(schema as avro.Schema);
        for (let sample = 0; sample < 20; sample++) {
          const body = writer.toBuffer(writer.random());
          const message = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(schema), body]);
          expect(decode(message, record as keyof typeof SCHEMAS)).toMatchObject({ kind: 'ok', value: { record } });
        }
      });
    }
  }
});

describe('evolution has defined answers', () => {
  const newest = SCHEMAS.BreathEstimate[SCHEMAS.BreathEstimate.length - 1]?.schema as { fields: { name: string }[] };
  const reader = avro.Type.forSchema(newest as avro.Schema);

  function writtenBy(change: (fields: Record<string, unknown>[]) => Record<string, unknown>[]) {
    const fields = change(structuredClone(newest.fields) as Record<string, unknown>[]);
    return avro.Type.forSchema({ ...newest, fields } as unknown as avro.Schema);
  }
  const sample = (writer: avro.Type) => writer.random() as unknown as Record<string, unknown>;

  test('a field that the reader lacks is skipped', () => {
    const writer = writtenBy((fields) => [...fields, { name: 'later', type: 'string' }]);
    const value = sample(writer);
    const read = reader.fromBuffer(writer.toBuffer(value), reader.createResolver(writer)) as Record<string, unknown>;
    expect(read['startSample']).toBe(value['startSample']);
    expect(read).not.toHaveProperty('later');
  });

  test('a field that the writer lacked takes its default', () => {
    const writer = writtenBy((fields) => fields.filter((field) => field['name'] !== 'timeZone'));
    const read = reader.fromBuffer(writer.toBuffer(sample(writer)), reader.createResolver(writer)) as Record<
      string,
      unknown
    >;
    expect(read['timeZone']).toBe('UTC');
  });

  test("a symbol that the reader lacks becomes the enum's default", () => {
    const writer = writtenBy((fields) =>
      fields.map((field) =>
        field['name'] === 'quality'
          ? { name: 'quality', type: { type: 'enum', name: 'EstimateQuality', symbols: ['splendid'] } }
          : field,
      ),
    );
    const read = reader.fromBuffer(writer.toBuffer(sample(writer)), reader.createResolver(writer)) as Record<
      string,
      unknown
    >;
    expect(read['quality']).toBe('unknown');
  });
});

describe('readers and writers of different versions', () => {
  const [{ schema: v1 }] = SCHEMAS.AudioChunk as unknown as [{ schema: { fields: { name: string; type: unknown }[] } }];
  const fields = v1.fields.map((field) =>
    field.name === 'environment'
      ? { ...field, type: { ...(field.type as object), symbols: ['unknown', 'indoor', 'outdoor', 'underwater'] } }
      : field,
  );
  const v2 = { ...v1, fields: [...fields, { name: 'firmware', type: 'string', default: 'unknown' }] };
  const reader1 = createCodec({ ...SCHEMAS, AudioChunk: [{ version: 1, schema: v1 }] });
  const both = [v1, v2].map((schema, index) => ({ version: index + 1, schema }));
  const reader2 = createCodec({ ...SCHEMAS, AudioChunk: both });
  const chunk = {
    subjectId: 'subject',
    deviceId: 'device',
    sessionId: 'session',
    sessionStartedAt: 1_700_000_000_000,
    sampleOffset: 16_000,
    sampleRateHz: 16_000,
    channels: 1,
    encoding: 'flac',
    preRollSamples: 0,
    audio: Buffer.from('sound'),
    restState: 'rest',
    restStateSource: 'motion',
    stage: 'after',
    environment: 'outdoor',
    timeZone: 'Europe/Vienna',
    endOfSession: true,
  } as const;
  const written = {
    1: reader1.encode('AudioChunk', chunk),
    2: reader2.encode('AudioChunk', { ...chunk, firmware: '7' } as never),
  };

  test('the older version is read by the newer reader, with defaults for what it lacks', () => {
    expect(reader2.decode(written[1], 'AudioChunk')).toMatchObject({
      kind: 'ok',
      value: { record: 'AudioChunk', value: { ...chunk, firmware: 'unknown' } },
    });
  });

  test('the newer version is set aside by the older reader, and read once the reader is updated', () => {
    expect(reader1.decode(written[2], 'AudioChunk')).toMatchObject({ kind: 'reject', code: 'UNKNOWN_SCHEMA' });
    expect(reader2.decode(written[2], 'AudioChunk')).toMatchObject({ kind: 'ok', value: { value: chunk } });
  });
});

describe('bad messages are rejected with a stable code', () => {
  const good = encode('Watermark', watermark);
  const unknown = Buffer.from(good);
  unknown.writeUInt8(unknown.readUInt8(5) ^ 0xff, 5);

  test.each([
    ['a null value', null, 'UNKNOWN_FRAMING'],
    ['an empty value', Buffer.alloc(0), 'UNKNOWN_FRAMING'],
    ['Confluent framing', Buffer.from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]), 'UNKNOWN_FRAMING'],
    ['an unknown fingerprint', unknown, 'UNKNOWN_SCHEMA'],
    ['a truncated body', good.subarray(0, good.length - 1), 'MALFORMED_RECORD'],
    ['trailing bytes', Buffer.concat([good, Buffer.from([1])]), 'MALFORMED_RECORD'],
  ])('%s', (_, message, code) => {
    expect(decode(message, 'Watermark')).toMatchObject({ kind: 'reject', code });
  });

  test('another record', () => {
    expect(decode(good, 'AudioChunk')).toMatchObject({ kind: 'reject', code: 'UNEXPECTED_RECORD' });
  });
});
