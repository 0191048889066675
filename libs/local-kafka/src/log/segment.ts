import { closeSync, constants, existsSync, fdatasync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { readFileSync, readSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { faultPoint } from '#libs/platform';
import { flushFolder } from '../durable-file.js';
import { type FaultListener, IGNORE_FAULTS } from './faults.js';
import { type BatchHeader, HEADER_BYTES, isHole, isIntact } from './record-batch.js';
import { findBatches } from './recovery.js';
import { SegmentIndex } from './segment-index.js';

const { O_CREAT, O_RDWR } = constants;
const NAME_DIGITS = 20;
const NOTHING = Buffer.alloc(0);

export const segmentFileName = (baseOffset: number): string => `${String(baseOffset).padStart(NAME_DIGITS, '0')}.log`;

/**
 * One append-only file of record batches with its index in memory. A sealed segment's index is kept beside it, so that
 * nothing needs to be scanned at start. Every batch is checked against its checksum and its index entry each time it is
 * read: a client may not (kafkajs does not), and would take a flipped bit for sound.
 */
export class Segment {
  private index = new SegmentIndex();
  private closed = false;
  /** Positions of the damage that was reported. */
  private readonly reported = new Set<number>();
  private isFolderFlushed = false;

  private constructor(
    readonly folder: string,
    readonly baseOffset: number,
    private readonly fd: number,
    private readonly faults: FaultListener,
  ) {}

  static create(folder: string, baseOffset: number, faults: FaultListener = IGNORE_FAULTS): Segment {
    const fd = openSync(join(folder, segmentFileName(baseOffset)), O_RDWR | O_CREAT, 0o644);
    return new Segment(folder, baseOffset, fd, faults);
  }

  /**
   * Opens a segment file, from its kept index where that fits the file. Otherwise every batch is read and checked, and
   * the index made again. `endOffset` is where the next segment begins; of the newest one (undefined), whatever follows
   * the last whole batch is cut off.
   */
  static open(folder: string, baseOffset: number, endOffset: number | undefined, faults: FaultListener): Segment {
    const segment = Segment.create(folder, baseOffset, faults);
    const fileBytes = fstatSync(segment.fd).size;
    const kept = existsSync(segment.indexFile)
      ? SegmentIndex.parse(readFileSync(segment.indexFile), fileBytes)
      : undefined;
    segment.index = kept ?? SegmentIndex.of(findBatches(readFileSync(segment.logFile), { baseOffset, endOffset }));
    if (kept === undefined && endOffset !== undefined) segment.seal();
    for (let at = 0; at < segment.index.count; at++) {
      if (isHole(segment.index.headerBytes(at))) segment.report(at);
    }
    const tornBytes = fileBytes - segment.sizeBytes;
    if (tornBytes > 0) {
      ftruncateSync(segment.fd, segment.sizeBytes);
      faults.torn({ file: segment.logFile, bytes: tornBytes });
    }
    return segment;
  }

  /**
   * Appends one batch, by one write as a rule. What a failed or shortened write (full disk) left behind the end is
   * overwritten by the next one, or cut off at the next start.
   * @throws the system's error
   */
  append(batch: Buffer): void {
    faultPoint('local-kafka.withinWrite', () => writeSync(this.fd, batch, 0, batch.length >> 1, this.sizeBytes));
    let written = 0;
    while (written < batch.length) {
      written += writeSync(this.fd, batch, written, batch.length - written, this.sizeBytes + written);
    }
    this.index.add(Buffer.from(batch.subarray(0, HEADER_BYTES)));
  }

  get isEmpty(): boolean {
    return this.sizeBytes === 0;
  }

  get sizeBytes(): number {
    return this.index.sizeBytes;
  }

  get nextOffset(): number {
    return (this.index.lastOffset ?? this.baseOffset - 1) + 1;
  }

  get firstTimestamp(): number {
    return this.index.firstTimestamp;
  }

  get maxTimestamp(): number {
    return this.index.maxTimestamp;
  }

  /** Of all batches, the damaged ones included. */
  *headers(): Generator<BatchHeader> {
    for (let at = 0; at < this.index.count; at++) yield this.index.header(at);
  }

  /**
   * Intact batches from the one that holds `offset` (or the next one), as many as fit `maxBytes`; the first one always
   * if `atLeastOne`. Empty where the first one does not fit, undefined where no intact one is left.
   */
  readFrom(offset: number, maxBytes: number, atLeastOne: boolean): Buffer | undefined {
    for (let first = this.index.atOffset(offset); first < this.index.count;) {
      const count = Math.max(this.index.fitting(first, maxBytes), atLeastOne ? 1 : 0);
      if (count === 0) return NOTHING;
      const batches = this.intactBatches(first, first + count);
      if (batches.length > 0) return batches;
      first += count;
    }
    return undefined;
  }

  /** The first intact batch whose greatest time is at or after `timeMs`. */
  firstBatchSince(timeMs: number): Buffer | undefined {
    for (let at = this.index.atTime(timeMs); at < this.index.count; at++) {
      const batch = this.intactBatches(at, at + 1);
      if (batch.length > 0) return batch;
    }
    return undefined;
  }

  /** The intact ones. */
  *batches(): Generator<Buffer> {
    for (let at = 0; at < this.index.count; at++) {
      const batch = this.intactBatches(at, at + 1);
      if (batch.length > 0) yield batch;
    }
  }

  private intactBatches(first: number, end: number): Buffer {
    const { index } = this;
    const start = index.position(first);
    const bytes = Buffer.allocUnsafe(index.position(end) - start);
    this.readExactly(bytes, start);
    const intact: Buffer[] = [];
    for (let at = first; at < end; at++) {
      const batch = bytes.subarray(index.position(at) - start, index.position(at + 1) - start);
      const header = index.headerBytes(at);
      if (!isHole(header) && header.equals(batch.subarray(0, HEADER_BYTES)) && isIntact(batch)) intact.push(batch);
      else this.report(at);
    }
    return intact.length === end - first ? bytes : Buffer.concat(intact);
  }

  private report(at: number): void {
    const position = this.index.position(at);
    if (this.reported.has(position)) return;
    this.reported.add(position);
    const { baseOffset, lastOffset, sizeBytes } = this.index.header(at);
    const offsets = { firstOffset: baseOffset, nextOffset: lastOffset + 1 };
    this.faults.damaged({ file: this.logFile, position, bytes: sizeBytes, ...offsets });
  }

  get isDamaged(): boolean {
    return this.reported.size > 0;
  }

  /**
   * This sealed segment with other batches, which take its place on disk at once or, after a crash, not at all.
   * This object is closed.
   */
  rewrite(batches: readonly Buffer[], endOffset: number): Segment {
    const content = Buffer.concat(batches);
    writeFileSync(`${this.logFile}.new`, content, { flush: true });
    this.close();
    rmSync(this.indexFile, { force: true });
    renameSync(`${this.logFile}.new`, this.logFile);
    return Segment.open(this.folder, this.baseOffset, endOffset, this.faults);
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
    writeFileSync(`${this.indexFile}.new`, this.index.toBuffer());
    renameSync(`${this.indexFile}.new`, this.indexFile);
  }

  /** What was appended is on the disk when this resolves, and so is the file's name in its folder. */
  async flush(): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve, reject) => {
      fdatasync(this.fd, (error) => (error && !this.closed ? reject(error) : resolve()));
    });
    if (!this.isFolderFlushed && !this.closed) await flushFolder(this.folder);
    this.isFolderFlushed = true;
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
