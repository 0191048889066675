import { ErrorCode, KafkaError } from './error-codes.js';

const HIGH = 2 ** 32;

/** A signed 64-bit integer as a number: offsets, times and ids of this broker stay far below 2^53. */
export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * HIGH + buffer.readUInt32BE(position + 4);
}

/** Reads the primitive types of the protocol guide from a request. Reading past the end is INVALID_REQUEST. */
export class Reader {
  private position = 0;

  constructor(private readonly buffer: Buffer) {}

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  private advance(bytes: number): number {
    if (bytes < 0 || bytes > this.remaining) {
      throw new KafkaError(ErrorCode.INVALID_REQUEST, `the request ends ${bytes - this.remaining} bytes too early`);
    }
    const start = this.position;
    this.position += bytes;
    return start;
  }

  int8(): number {
    return this.buffer.readInt8(this.advance(1));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4));
  }

  int64(): number {
    return readInt64(this.buffer, this.advance(8));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.advance(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new KafkaError(ErrorCode.INVALID_REQUEST, 'a varint has more than five bytes');
  }

  /** A zigzag-encoded signed integer of at most 64 bits (VARINT and VARLONG). */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.advance(1)] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
    }
    throw new KafkaError(ErrorCode.INVALID_REQUEST, 'a varlong has more than ten bytes');
  }

  private text(length: number): string {
    const start = this.advance(length);
    return this.buffer.toString('utf8', start, start + length);
  }

  nullableString(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.text(length);
  }

  string(): string {
    return this.nullableString() ?? refuseNull();
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint();
    return length === 0 ? null : this.text(length - 1);
  }

  compactString(): string {
    return this.compactNullableString() ?? refuseNull();
  }

  /** The next bytes, as a view of the request. */
  raw(length: number): Buffer {
    const start = this.advance(length);
    return this.buffer.subarray(start, start + length);
  }

  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length === -1 ? null : this.raw(length);
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? refuseNull();
  }

  nullableArray<T>(element: () => T): T[] | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0 || length > this.remaining) {
      throw new KafkaError(ErrorCode.INVALID_REQUEST, `an array of ${length} elements does not fit the request`);
    }
    return Array.from({ length }, element);
  }

  array<T>(element: () => T): T[] {
    return this.nullableArray(element) ?? [];
  }

  skipTags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.raw(this.unsignedVarint());
    }
  }
}

function refuseNull(): never {
  throw new KafkaError(ErrorCode.INVALID_REQUEST, 'a field is null that must not be');
}
