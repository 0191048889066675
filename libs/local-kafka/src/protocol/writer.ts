const FIRST_CHUNK_BYTES = 256;

/**
 * Writes the primitive types of the protocol guide. Record batches are appended by reference (`raw`), never copied:
 * a response is a list of buffers.
 */
export class Writer {
  private readonly done: Buffer[] = [];
  private doneBytes = 0;
  private chunk = Buffer.allocUnsafe(FIRST_CHUNK_BYTES);
  private used = 0;

  get length(): number {
    return this.doneBytes + this.used;
  }

  /** The chunk, grown so that this many bytes fit. */
  private room(bytes: number): Buffer {
    if (this.used + bytes > this.chunk.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.chunk.length * 2, this.used + bytes));
      this.chunk.copy(grown, 0, 0, this.used);
      this.chunk = grown;
    }
    return this.chunk;
  }

  private take(bytes: number): number {
    const start = this.used;
    this.used += bytes;
    return start;
  }

  int8(value: number): this {
    this.room(1).writeInt8(value, this.take(1));
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  int16(value: number): this {
    this.room(2).writeInt16BE(value, this.take(2));
    return this;
  }

  int32(value: number): this {
    this.room(4).writeInt32BE(value, this.take(4));
    return this;
  }

  int64(value: number): this {
    this.room(8).writeBigInt64BE(BigInt(value), this.take(8));
    return this;
  }

  unsignedVarint(value: number): this {
    let left = value;
    while (left >= 0x80) {
      this.room(1).writeUInt8((left % 0x80) + 0x80, this.take(1));
      left = Math.floor(left / 0x80);
    }
    this.room(1).writeUInt8(left, this.take(1));
    return this;
  }

  /** A zigzag-encoded signed integer of at most 64 bits (VARINT and VARLONG). */
  varint(value: number): this {
    const signed = BigInt(value);
    let left = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n));
    while (left >= 0x80n) {
      this.room(1).writeUInt8(Number(left & 0x7fn) + 0x80, this.take(1));
      left >>= 7n;
    }
    this.room(1).writeUInt8(Number(left), this.take(1));
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    this.int16(length);
    this.room(length).write(value, this.take(length), 'utf8');
    return this;
  }

  compactString(value: string | null): this {
    if (value === null) return this.unsignedVarint(0);
    const length = Buffer.byteLength(value);
    this.unsignedVarint(length + 1);
    this.room(length).write(value, this.take(length), 'utf8');
    return this;
  }

  bytes(value: Buffer | null): this {
    if (value === null) return this.int32(-1);
    return this.int32(value.length).raw(value);
  }

  array<T>(values: readonly T[], element: (value: T) => void): this {
    this.int32(values.length);
    values.forEach(element);
    return this;
  }

  compactArray<T>(values: readonly T[], element: (value: T) => void): this {
    this.unsignedVarint(values.length + 1);
    values.forEach(element);
    return this;
  }

  noTags(): this {
    return this.unsignedVarint(0);
  }

  /** Appends bytes by reference; they must not change afterwards. */
  raw(value: Buffer): this {
    if (value.length === 0) return this;
    this.flushChunk();
    this.done.push(value);
    this.doneBytes += value.length;
    return this;
  }

  buffers(): Buffer[] {
    this.flushChunk();
    return this.done;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.buffers());
  }

  private flushChunk(): void {
    if (this.used === 0) return;
    this.done.push(this.chunk.subarray(0, this.used));
    this.doneBytes += this.used;
    this.chunk = Buffer.allocUnsafe(FIRST_CHUNK_BYTES);
    this.used = 0;
  }
}
