import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from './error-codes.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

const written = (write: (writer: Writer) => void): Buffer => {
  const writer = new Writer();
  write(writer);
  return writer.toBuffer();
};

describe('the primitive types of the protocol', () => {
  it('writes zigzag varints as the protocol guide does', () => {
    const bytesOf = (value: number) => [...written((writer) => writer.varint(value))];
    expect(bytesOf(0)).toEqual([0]);
    expect(bytesOf(-1)).toEqual([1]);
    expect(bytesOf(1)).toEqual([2]);
    expect(bytesOf(-64)).toEqual([0x7f]);
    expect(bytesOf(64)).toEqual([0x80, 0x01]);
    expect(bytesOf(2 ** 31 - 1)).toEqual([0xfe, 0xff, 0xff, 0xff, 0x0f]);
  });

  it('writes unsigned varints as the protocol guide does', () => {
    expect([...written((writer) => writer.unsignedVarint(127))]).toEqual([0x7f]);
    expect([...written((writer) => writer.unsignedVarint(300))]).toEqual([0xac, 0x02]);
    expect([...written((writer) => writer.unsignedVarint(2 ** 32 - 1))]).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
  });

  it('reads back every varint and every 64-bit integer within 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const reader = new Reader(written((writer) => writer.varint(value).int64(value)));
        expect(reader.varint()).toBe(value);
        expect(reader.int64()).toBe(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it('reads back every unsigned varint', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (value) => {
        expect(new Reader(written((writer) => writer.unsignedVarint(value))).unsignedVarint()).toBe(value);
      }),
    );
  });

  it('reads back every string, null apart from empty, compact or not', () => {
    fc.assert(
      fc.property(fc.option(fc.stringMatching(/^[a-zé→𝄞]{0,200}$/u), { nil: null }), (value) => {
        const reader = new Reader(written((writer) => writer.string(value).compactString(value)));
        expect(reader.nullableString()).toBe(value);
        expect(reader.compactNullableString()).toBe(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it('counts the length that it writes, and appends raw bytes by reference', () => {
    const records = Buffer.alloc(10_000, 7);
    const writer = new Writer().int16(1).bytes(records).string('x'.repeat(1_000));
    expect(writer.length).toBe(2 + 4 + 10_000 + 2 + 1_000);
    expect(writer.buffers()).toContain(records);
    expect(writer.toBuffer()).toHaveLength(writer.length);
  });

  it('refuses what reaches past the end of a request, at every cut', () => {
    const whole = written((writer) => writer.string('group').int32(3).bytes(Buffer.from('abc')));
    for (let length = 0; length < whole.length; length++) {
      const reader = new Reader(whole.subarray(0, length));
      const read = () => [reader.string(), reader.int32(), reader.bytes()];
      expect(read).toThrow(expect.objectContaining({ code: ErrorCode.INVALID_REQUEST }));
    }
  });

  it('refuses an array that claims more elements than the request has bytes', () => {
    const reader = new Reader(written((writer) => writer.int32(2 ** 30)));
    expect(() => reader.array(() => reader.int8())).toThrow(
      expect.objectContaining({ code: ErrorCode.INVALID_REQUEST }),
    );
  });

  it('skips tagged fields that it does not know', () => {
    const reader = new Reader(Buffer.from([2, 0, 1, 0xff, 1, 2, 0xff, 0xff, 42]));
    reader.skipTags();
    expect(reader.int8()).toBe(42);
  });
});
