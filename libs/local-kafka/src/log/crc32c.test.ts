import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cWithNewStart } from './crc32c.js';

/** The definition, bit by bit. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('CRC-32C', () => {
  it('gives the values of RFC 3720, appendix B.4', () => {
    expect(crc32c(Buffer.alloc(32, 0))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('equals the definition for any bytes, also in two parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        expect(crc32c(bytes)).toBe(slowCrc32c(bytes));
        expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
      }),
    );
  });

  it('is renewed for another beginning without reading the rest', () => {
    const texts = fc.uint8Array({ minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(texts, texts, fc.uint8Array({ maxLength: 3_000 }), (oldStart, newStart, rest) => {
        const whole = crc32c(Buffer.concat([oldStart, rest]));
        const renewed = crc32cWithNewStart(whole, crc32c(oldStart), crc32c(newStart), rest.length);
        expect(renewed).toBe(crc32c(Buffer.concat([newStart, rest])));
      }),
    );
  });
});
