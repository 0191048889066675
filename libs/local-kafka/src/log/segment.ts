import {
  constants,
  closeSync,
  existsSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { faultPoint } from '#libs/platform';
import { type BatchHeader, HEADER_BYTES, claimedSizeBytes, isIntact, readHeader } from './record-batch.js';

const { O_CREAT, O_RDWR } = constants;
const NAME_DIGITS = 20;

export const segmentFileName = (baseOffset: number): string => `${String(baseOffset).padStart(NAME_DIGITS, '0')}.log`;

/**
 * One append-only file of record batches with its index in memory (one entry per batch). A sealed segment's index is
 * kept beside it: the headers of all its batches, one after another, so that nothing needs to be scanned at start.
 */
export class Segment {
  /** By batch: first offset, last offset, position in the file, the greatest time up to and with it. */
  private readonly baseOffsets: number[] = [];
  private readonly lastOffsets: number[] = [];
  private readonly positions: number[] = [];
  private readonly maxTimestamps: number[] = [];
  private headers: Buffer[] = [];
  private closed = false;
  sizeBytes = 0;
  /** When the first batch was appended or, after a restart, the first batch's time. */
  firstTimestamp = Infinity;

  private constructor(
    readonly folder: string,
    readonly baseOffset: number,
    private readonly fd: number,
  ) {}

  static create(folder: string, baseOffset: number): Segment {
    return new Segment(
      folder,
      baseOffset,
      openSync(join(folder, segmentFileName(baseOffset)), O_RDWR | O_CREAT, 0o644),
    );
  }

  /**
   * Opens a segment file, from its kept index where that fits the file. Otherwise every batch is read and checked, and
   * whatever follows the last whole one is cut off.
   * @returns the segment, the headers of its batches, and how many bytes were cut off
   */
  static open(folder: string, baseOffset: number): { segment: Segment; headers: BatchHeader[]; tornBytes: number } {
    const segment = Segment.create(folder, baseOffset);
    const fileBytes = fstatSync(segment.fd).size;
    const headers = segment.loadIndex(fileBytes) ?? segment.scan(fileBytes);
    const tornBytes = fileBytes - segment.sizeBytes;
    if (tornBytes > 0) ftruncateSync(segment.fd, segment.sizeBytes);
    return { segment, headers, tornBytes };
  }

  private loadIndex(fileBytes: number): BatchHeader[] | undefined {
    if (!existsSync(this.indexFile)) return undefined;
    const kept = readFileSync(this.indexFile);
    if (kept.length % HEADER_BYTES !== 0) return undefined;
    const headers: BatchHeader[] = [];
    for (let at = 0; at < kept.length; at += HEADER_BYTES) headers.push(readHeader(kept, at));
    if (headers.reduce((sum, header) => sum + header.sizeBytes, 0) !== fileBytes) return undefined;
    headers.forEach((header, at) => this.index(header, kept.subarray(at * HEADER_BYTES, (at + 1) * HEADER_BYTES)));
    return headers;
  }

  private scan(fileBytes: number): BatchHeader[] {
    const headers: BatchHeader[] = [];
    const prefix = Buffer.alloc(HEADER_BYTES);
    let nextOffset = this.baseOffset;
    while (this.sizeBytes + HEADER_BYTES <= fileBytes) {
      this.readExactly(prefix, this.sizeBytes);
      const size = claimedSizeBytes(prefix);
      if (size < HEADER_BYTES || this.sizeBytes + size > fileBytes) break;
      const batch = Buffer.allocUnsafe(size);
      this.readExactly(batch, this.sizeBytes);
      if (!isIntact(batch)) break;
      const header = readHeader(batch);
      if (header.baseOffset < nextOffset) break;
      nextOffset = header.lastOffset + 1;
      this.index(header, Buffer.from(batch.subarray(0, HEADER_BYTES)));
      headers.push(header);
    }
    return headers;
  }

  private index(header: BatchHeader, headerBytes: Buffer): void {
    this.firstTimestamp = Math.min(this.firstTimestamp, header.maxTimestamp);
    this.baseOffsets.push(header.baseOffset);
    this.lastOffsets.push(header.lastOffset);
    this.positions.push(this.sizeBytes);
    this.maxTimestamps.push(Math.max(this.maxTimestamp, header.maxTimestamp));
    this.headers.push(headerBytes);
    this.sizeBytes += header.sizeBytes;
  }

  /**
   * Appends one batch, by one write as a rule. What a failed or shortened write (full disk) left behind the end is
   * overwritten by the next one, or cut off at the next start.
   * @throws the system's error
   */
  append(header: BatchHeader, batch: Buffer): void {
    faultPoint('local-kafka.withinWrite', () => writeSync(this.fd, batch, 0, batch.length >> 1, this.sizeBytes));
    let written = 0;
    while (written < batch.length) {
      written += writeSync(this.fd, batch, written, batch.length - written, this.sizeBytes + written);
    }
    this.index(header, Buffer.from(batch.subarray(0, HEADER_BYTES)));
  }

  get isEmpty(): boolean {
    return this.sizeBytes === 0;
  }

  get nextOffset(): number {
    return (this.lastOffsets.at(-1) ?? this.baseOffset - 1) + 1;
  }

  get maxTimestamp(): number {
    return this.maxTimestamps.at(-1) ?? -1;
  }

  /** Whole batches from the one that holds `offset` (or the next one), as many as fit `maxBytes`; the first one always if `atLeastOne`. */
  readFrom(offset: number, maxBytes: number, atLeastOne: boolean): Buffer | undefined {
    const first = firstIndex(this.lastOffsets, offset);
    if (first === this.positions.length) return undefined;
    const start = this.positions[first] as number;
    let end = firstIndex(this.positions, start + maxBytes + 1) - 1; // the last batch that begins within
    if (end < this.positions.length - 1 || start + maxBytes < this.sizeBytes) end -= 1;
    if (end < first) {
      if (!atLeastOne) return undefined;
      end = first;
    }
    const bytes = Buffer.allocUnsafe((this.positions[end + 1] ?? this.sizeBytes) - start);
    this.readExactly(bytes, start);
    return bytes;
  }

  /** The first batch whose greatest time is at or after `timeMs`. */
  firstBatchSince(timeMs: number): Buffer | undefined {
    const at = firstIndex(this.maxTimestamps, timeMs);
    return at === this.positions.length ? undefined : this.batch(at);
  }

  *batches(): Generator<Buffer> {
    for (let at = 0; at < this.positions.length; at++) yield this.batch(at);
  }

  /**
   * This sealed segment with other batches, which take its place on disk at once or, after a crash, not at all.
   * This object is closed.
   */
  rewrite(batches: readonly Buffer[]): Segment {
    const content = Buffer.concat(batches);
    writeFileSync(`${this.logFile}.new`, content, { flush: true });
    this.close();
    rmSync(this.indexFile, { force: true });
    renameSync(`${this.logFile}.new`, this.logFile);
    const { segment } = Segment.open(this.folder, this.baseOffset);
    segment.seal();
    return segment;
  }

  private batch(at: number): Buffer {
    const start = this.positions[at] as number;
    const bytes = Buffer.allocUnsafe((this.positions[at + 1] ?? this.sizeBytes) - start);
    this.readExactly(bytes, start);
    return bytes;
  }

  private readExactly(into: Buffer, position: number): void {
    let read = 0;
    while (read < into.length) {
      const got = readSync(this.fd, into, read, into.length - read, position + read);
      if (got === 0) throw new Error(`${this.logFile} ends before byte ${position + into.length}`);
      read += got;
    }
  }

  /** Keeps the index beside the file: nothing will be appended any more. */
  seal(): void {
    writeFileSync(`${this.indexFile}.new`, Buffer.concat(this.headers));
    renameSync(`${this.indexFile}.new`, this.indexFile);
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closed) return resolve();
      fdatasync(this.fd, (error) => (error && !this.closed ? reject(error) : resolve()));
    });
  }

  close(): void {
    if (!this.closed) closeSync(this.fd);
    this.closed = true;
  }

  remove(): void {
    this.close();
    rmSync(this.indexFile, { force: true });
    rmSync(this.logFile, { force: true });
  }

  private get logFile(): string {
    return join(this.folder, segmentFileName(this.baseOffset));
  }

  private get indexFile(): string {
    return this.logFile.replace(/\.log$/, '.index');
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
