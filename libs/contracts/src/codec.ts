import avro from 'avsc';
import { fingerprint } from './fingerprint.js';
import { type Records, SCHEMAS } from './generated/records.js';
import { type Reject, type StageResult, ok, reject } from './stage.js';

/** Avro single-object encoding: a marker, the writer schema's CRC-64 fingerprint, the body. */
const MARKER = Buffer.from([0xc3, 0x01]);
const HEADER_BYTES = 10;

type RecordName = keyof Records;

/** A decoded record together with its name, so that a `switch` over `record` narrows `value`. */
export type Decoded<Name extends RecordName> = { [K in Name]: { record: K; value: Records[K] } }[Name];

interface Reader {
  record: RecordName;
  type: avro.Type;
  resolver?: avro.Resolver;
}

/** What the codec needs to know of a record's versions, oldest first. */
type Versions = Record<RecordName, readonly { version: number; schema: object }[]>;

interface Codec {
  encode<Name extends RecordName>(record: Name, value: Records[Name]): Buffer;
  decode<Name extends RecordName>(message: Buffer | null, ...expected: Name[]): StageResult<Decoded<Name>>;
}

/** A codec that writes the newest of these versions and reads all of them. Tests give it versions of other times. */
export function createCodec(versionsOf: Versions): Codec {
  const writers = new Map<RecordName, { header: Buffer; type: avro.Type }>();
  const readers = new Map<string, Reader>();
  for (const [record, versions] of Object.entries(versionsOf) as [RecordName, Versions[RecordName]][]) {
    const newest = versions[versions.length - 1] as { schema: object };
    const type = avro.Type.forSchema(newest.schema as avro.Schema);
    writers.set(record, { header: Buffer.concat([MARKER, fingerprint(newest.schema)]), type });
    for (const { schema } of versions) {
      // One cached resolver per writer schema: reading another version without one maps fields wrongly.
      const resolver =
        schema === newest.schema ? undefined : type.createResolver(avro.Type.forSchema(schema as avro.Schema));
      readers.set(fingerprint(schema).toString('hex'), resolver ? { record, type, resolver } : { record, type });
    }
  }
  return {
    encode(record, value) {
      const { header, type } = writers.get(record) as { header: Buffer; type: avro.Type };
      return Buffer.concat([header, type.toBuffer(value)]);
    },
    decode: (message, ...expected) => decodeWith(readers, message, expected),
  };
}

const committed = createCodec(SCHEMAS);

/** Encodes with the newest version of the record's schema. Throws a TypeError when the value does not fit it. */
export function encode<Name extends RecordName>(record: Name, value: Records[Name]): Buffer {
  return committed.encode(record, value);
}

/**
 * Decodes a single-object message into the newest version of its record.
 * Fields that the reader lacks are skipped, fields that the writer lacked take their defaults, and enum symbols that
 * the reader lacks become the enum's default. A fingerprint that no committed schema has is rejected: the sender is
 * newer than this reader, or no sender of ours at all.
 */
export function decode<Name extends RecordName>(
  message: Buffer | null,
  ...expected: Name[]
): StageResult<Decoded<Name>> {
  return committed.decode(message, ...expected);
}

function decodeWith<Name extends RecordName>(
  readers: ReadonlyMap<string, Reader>,
  message: Buffer | null,
  expected: Name[],
): StageResult<Decoded<Name>> {
  if (message === null || message.length < HEADER_BYTES || !message.subarray(0, 2).equals(MARKER)) {
    return badFraming(message);
  }
  const reader = readers.get(message.toString('hex', 2, HEADER_BYTES));
  if (reader === undefined) {
    return reject(
      'UNKNOWN_SCHEMA',
      `no committed schema has the fingerprint ${message.toString('hex', 2, HEADER_BYTES)}; update this reader, or send with a schema from schemas/`,
    );
  }
  if (!(expected as RecordName[]).includes(reader.record)) {
    return reject(
      'UNEXPECTED_RECORD',
      `a ${reader.record} does not belong here, where ${expected.join(' or ')} is read`,
    );
  }
  try {
    const value = reader.type.fromBuffer(message.subarray(HEADER_BYTES), reader.resolver) as never;
    return ok({ record: reader.record, value } as unknown as Decoded<Name>);
  } catch (error) {
    return reject('MALFORMED_RECORD', `the body is no valid ${reader.record}: ${(error as Error).message}`);
  }
}

function badFraming(message: Buffer | null): Reject {
  const start =
    message === null ? 'nothing (a null value)' : `${message.length} bytes from 0x${message.toString('hex', 0, 2)}`;
  return reject('UNKNOWN_FRAMING', `expected Avro single-object encoding (0xc301, fingerprint, body) and got ${start}`);
}
