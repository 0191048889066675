import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import { readInt64 } from '../protocol/reader.js';
import { crc32c, crc32cWithNewStart } from './crc32c.js';

/** Bytes of a batch's header, up to and with the count of records; records follow, compressed together. */
export const HEADER_BYTES = 61;
/** Bytes before those that the field `batchLength` counts. */
const PREFIX_BYTES = 12;
const MAGIC_POSITION = 16;
const CRC_POSITION = 17;
const ATTRIBUTES_POSITION = 21;
const LAST_OFFSET_DELTA_POSITION = 23;
const MAX_TIMESTAMP_POSITION = 35;
const PRODUCER_ID_POSITION = 43;

const LOG_APPEND_TIME_BIT = 0x08;
const TRANSACTIONAL_BIT = 0x10;
const CONTROL_BIT = 0x20;
const COMPRESSION_BITS = 0x07;

/** The header of a record batch, format 2 (protocol guide, "Record Batch"). */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Whole batch, header included. */
  readonly sizeBytes: number;
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

export const codecOf = (header: BatchHeader): number => header.attributes & COMPRESSION_BITS;
export const hasLogAppendTime = (header: BatchHeader): boolean => (header.attributes & LOG_APPEND_TIME_BIT) !== 0;

/** The size that a batch claims to have, header included. */
export function claimedSizeBytes(buffer: Buffer, position = 0): number {
  return PREFIX_BYTES + buffer.readInt32BE(position + 8);
}

/** Reads the header at `position`, where HEADER_BYTES bytes must be; nothing is verified. */
export function readHeader(buffer: Buffer, position = 0): BatchHeader {
  const baseOffset = readInt64(buffer, position);
  return {
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(position + LAST_OFFSET_DELTA_POSITION),
    sizeBytes: claimedSizeBytes(buffer, position),
    attributes: buffer.readInt16BE(position + ATTRIBUTES_POSITION),
    baseTimestamp: readInt64(buffer, position + 27),
    maxTimestamp: readInt64(buffer, position + MAX_TIMESTAMP_POSITION),
    producerId: readInt64(buffer, position + PRODUCER_ID_POSITION),
    producerEpoch: buffer.readInt16BE(position + 51),
    baseSequence: buffer.readInt32BE(position + 53),
    recordCount: buffer.readInt32BE(position + 57),
  };
}

/** Whether the bytes are one whole batch whose checksum holds. */
export function isIntact(batch: Buffer): boolean {
  return (
    batch.length >= HEADER_BYTES &&
    batch[MAGIC_POSITION] === 2 &&
    claimedSizeBytes(batch) === batch.length &&
    batch.readUInt32BE(CRC_POSITION) === crc32c(batch.subarray(ATTRIBUTES_POSITION))
  );
}

/** Whether an intact batch begins at `position`. */
export function intactAt(buffer: Buffer, position: number): boolean {
  if (position + HEADER_BYTES > buffer.length || buffer[position + MAGIC_POSITION] !== 2) return false;
  const size = claimedSizeBytes(buffer, position);
  return (
    size >= HEADER_BYTES && position + size <= buffer.length && isIntact(buffer.subarray(position, position + size))
  );
}

/** Whether what begins at `position` has the length and the header of the batch with that first offset, right or not. */
export function seemsWholeAt(buffer: Buffer, position: number, baseOffset: number): boolean {
  if (position + HEADER_BYTES > buffer.length || buffer[position + MAGIC_POSITION] !== 2) return false;
  const header = readHeader(buffer, position);
  return (
    header.baseOffset === baseOffset &&
    header.recordCount > 0 &&
    header.lastOffset - baseOffset + 1 === header.recordCount &&
    header.sizeBytes > HEADER_BYTES &&
    position + header.sizeBytes <= buffer.length
  );
}

const NO_PRODUCER = -1;
const NO_TIME = -1;
const GREATEST_INT32 = 2 ** 31 - 1;

/** The header of no batch: it stands in an index for bytes that cannot be read, and for the offsets they held. */
export function holeHeader(baseOffset: number, nextOffset: number, sizeBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeBigInt64BE(BigInt(baseOffset), 0);
  header.writeInt32BE(sizeBytes - PREFIX_BYTES, 8);
  header.writeInt32BE(Math.min(nextOffset - 1 - baseOffset, GREATEST_INT32), LAST_OFFSET_DELTA_POSITION);
  header.writeBigInt64BE(BigInt(NO_TIME), MAX_TIMESTAMP_POSITION);
  header.writeBigInt64BE(BigInt(NO_PRODUCER), PRODUCER_ID_POSITION);
  return header;
}

/** Batches are of format 2; a hole has format 0. */
export const isHole = (header: Buffer): boolean => header[MAGIC_POSITION] === 0;

/**
 * Checks what a producer sent for one partition: exactly one intact batch of format 2.
 * @throws KafkaError with the code that Apache Kafka answers in that case
 */
export function parseProduced(records: Buffer, maxBytes: number): BatchHeader {
  if (records.length > MAGIC_POSITION && (records[MAGIC_POSITION] as number) < 2) {
    throw new KafkaError(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'message formats 0 and 1 are not taken');
  }
  if (records.length < HEADER_BYTES) throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, 'the batch has no whole header');
  if (records.length > maxBytes) {
    throw new KafkaError(ErrorCode.MESSAGE_TOO_LARGE, `the batch has ${records.length} bytes, of ${maxBytes} allowed`);
  }
  if (claimedSizeBytes(records) < records.length) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'more than one batch for one partition');
  }
  if (!isIntact(records)) throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, 'the checksum of the batch does not hold');
  const header = readHeader(records);
  if ((header.attributes & (TRANSACTIONAL_BIT | CONTROL_BIT)) !== 0) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'transactions are not supported');
  }
  if (header.recordCount <= 0 || header.lastOffset - header.baseOffset + 1 !== header.recordCount) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'the count of records does not match the offsets');
  }
  return header;
}

/** Writes the offset that the log gives the batch; the checksum does not cover it. */
export function assignBaseOffset(batch: Buffer, offset: number): void {
  batch.writeBigInt64BE(BigInt(offset), 0);
  batch.writeInt32BE(0, PREFIX_BYTES); // partition leader epoch
}

/** Stamps the batch with the time of its append and renews the checksum. */
export function stampLogAppendTime(batch: Buffer, timeMs: number): void {
  const covered = batch.subarray(ATTRIBUTES_POSITION, HEADER_BYTES);
  const before = crc32c(covered);
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_POSITION) | LOG_APPEND_TIME_BIT, ATTRIBUTES_POSITION);
  batch.writeBigInt64BE(BigInt(timeMs), MAX_TIMESTAMP_POSITION);
  const checksum = batch.readUInt32BE(CRC_POSITION);
  const renewed = crc32cWithNewStart(checksum, before, crc32c(covered), batch.length - HEADER_BYTES);
  batch.writeUInt32BE(renewed, CRC_POSITION);
}

/** The records are stored plainly from now on; the checksum is to be renewed. */
export function markUncompressed(batch: Buffer): void {
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_POSITION) & ~COMPRESSION_BITS, ATTRIBUTES_POSITION);
}

export function renewChecksum(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_POSITION)), CRC_POSITION);
}
