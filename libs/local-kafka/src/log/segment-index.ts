import { crc32c } from './crc32c.js';
import { type BatchHeader, HEADER_BYTES, isHole, readHeader } from './record-batch.js';

const CHECKSUM_BYTES = 4;

/** Where the batches of a segment are: in memory one entry per batch, on disk their headers and a checksum over them. */
export class SegmentIndex {
  /** By batch: last offset, position in the file, the greatest time up to and with it. */
  private readonly lastOffsets: number[] = [];
  private readonly positions: number[] = [];
  private readonly maxTimestamps: number[] = [];
  private readonly headers: Buffer[] = [];
  /** Of all batches together. */
  sizeBytes = 0;
  /** The first batch's time. */
  firstTimestamp = Infinity;

  static of(headers: readonly Buffer[]): SegmentIndex {
    const index = new SegmentIndex();
    for (const header of headers) index.add(header);
    return index;
  }

  /** undefined where the kept index is damaged, or is not that of a file of so many bytes. */
  static parse(kept: Buffer, fileBytes: number): SegmentIndex | undefined {
    const end = kept.length - CHECKSUM_BYTES;
    if (end < 0 || end % HEADER_BYTES !== 0) return undefined;
    if (kept.readUInt32BE(end) !== crc32c(kept.subarray(0, end))) return undefined;
    const headers = Array.from({ length: end / HEADER_BYTES }, (_, at) =>
      kept.subarray(at * HEADER_BYTES, (at + 1) * HEADER_BYTES),
    );
    const index = SegmentIndex.of(headers);
    return index.sizeBytes === fileBytes ? index : undefined;
  }

  toBuffer(): Buffer {
    const headers = Buffer.concat(this.headers);
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32BE(crc32c(headers));
    return Buffer.concat([headers, checksum]);
  }

  /** Notes the batch that follows the last one; its header's bytes are kept. */
  add(headerBytes: Buffer): void {
    const header = readHeader(headerBytes);
    if (!isHole(headerBytes)) this.firstTimestamp = Math.min(this.firstTimestamp, header.maxTimestamp);
    this.lastOffsets.push(header.lastOffset);
    this.positions.push(this.sizeBytes);
    this.maxTimestamps.push(Math.max(this.maxTimestamp, header.maxTimestamp));
    this.headers.push(headerBytes);
    this.sizeBytes += header.sizeBytes;
  }

  get count(): number {
    return this.positions.length;
  }

  get lastOffset(): number | undefined {
    return this.lastOffsets.at(-1);
  }

  get maxTimestamp(): number {
    return this.maxTimestamps.at(-1) ?? -1;
  }

  headerBytes(at: number): Buffer {
    return this.headers[at] as Buffer;
  }

  header(at: number): BatchHeader {
    return readHeader(this.headerBytes(at));
  }

  /** Where the batch begins; at `count`, where the next one will. */
  position(at: number): number {
    return this.positions[at] ?? this.sizeBytes;
  }

  /** The batch that holds `offset`, or the next one; `count` if there is none. */
  atOffset(offset: number): number {
    return firstIndex(this.lastOffsets, offset);
  }

  /** The first batch whose greatest time is at or after `timeMs`; `count` if there is none. */
  atTime(timeMs: number): number {
    return firstIndex(this.maxTimestamps, timeMs);
  }

  /** How many batches from the one at `first` on have no more than `maxBytes` together. */
  fitting(first: number, maxBytes: number): number {
    const limit = this.position(first) + maxBytes;
    if (limit >= this.sizeBytes) return this.count - first;
    return Math.max(0, firstIndex(this.positions, limit + 1) - 1 - first);
  }
}

/** The first index whose value is at least `least`; the values ascend. */
function firstIndex(values: readonly number[], least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
