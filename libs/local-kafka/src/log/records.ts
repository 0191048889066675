import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import { Reader } from '../protocol/reader.js';
import { Writer } from '../protocol/writer.js';
import { decompress } from './decompress.js';
import {
  type BatchHeader,
  HEADER_BYTES,
  codecOf,
  markUncompressed,
  readHeader,
  renewChecksum,
} from './record-batch.js';

/** One record of a batch: what compaction and lookup by time need of it. */
export interface StoredRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly isTombstone: boolean;
  /** The record as stored, its length field included. Its offset and time are relative to the batch. */
  readonly bytes: Buffer;
}

/** @throws KafkaError CORRUPT_MESSAGE where the records do not unpack; their checksum says nothing about that */
export function readRecords(batch: Buffer): StoredRecord[] {
  const header = readHeader(batch);
  try {
    const body = decompress(codecOf(header), batch.subarray(HEADER_BYTES));
    const reader = new Reader(body);
    return Array.from({ length: header.recordCount }, () => readRecord(header, body, reader));
  } catch (error) {
    throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, `the records do not unpack: ${(error as Error).message}`);
  }
}

function readRecord(header: BatchHeader, body: Buffer, reader: Reader): StoredRecord {
  const start = body.length - reader.remaining;
  const fields = new Reader(reader.raw(reader.varint()));
  const bytes = body.subarray(start, body.length - reader.remaining);
  fields.int8(); // attributes, unused
  const timestamp = header.baseTimestamp + fields.varint();
  const offset = header.baseOffset + fields.varint();
  const keyLength = fields.varint();
  const key = keyLength < 0 ? null : fields.raw(keyLength);
  return { offset, timestamp, key, isTombstone: fields.varint() < 0, bytes };
}

/** The batch with only these of its records, not compressed; offsets, times and the producer's sequence stay as they were. */
export function keepRecords(batch: Buffer, kept: readonly StoredRecord[]): Buffer {
  const header = Buffer.from(batch.subarray(0, HEADER_BYTES));
  const result = Buffer.concat([header, ...kept.map((record) => record.bytes)]);
  result.writeInt32BE(result.length - 12, 8);
  result.writeInt32BE(kept.length, 57);
  markUncompressed(result);
  renewChecksum(result);
  return result;
}

export interface NewRecord {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly timestamp?: number;
}

/** A batch as a producer would send it, uncompressed and without headers. For tests and tools. */
export function makeBatch(
  records: readonly NewRecord[],
  producer: { id: number; epoch: number; baseSequence: number } = { id: -1, epoch: -1, baseSequence: -1 },
): Buffer {
  const times = records.map((record) => record.timestamp ?? 0);
  const baseTimestamp = times[0] ?? 0;
  const body = new Writer();
  records.forEach((record, index) => {
    const fields = new Writer()
      .int8(0)
      .varint((times[index] as number) - baseTimestamp)
      .varint(index);
    for (const bytes of [record.key ?? null, record.value ?? null]) {
      fields.varint(bytes?.length ?? -1).raw(bytes ?? Buffer.alloc(0));
    }
    const bytes = fields.varint(0).toBuffer();
    body.varint(bytes.length).raw(bytes);
  });
  const bodyBytes = body.toBuffer();
  const batch = new Writer()
    .int64(0)
    .int32(HEADER_BYTES - 12 + bodyBytes.length)
    .int32(-1)
    .int8(2)
    .int32(0)
    .int16(0)
    .int32(records.length - 1)
    .int64(baseTimestamp)
    .int64(Math.max(...times))
    .int64(producer.id)
    .int16(producer.epoch)
    .int32(producer.baseSequence)
    .int32(records.length)
    .raw(bodyBytes)
    .toBuffer();
  renewChecksum(batch);
  return batch;
}
