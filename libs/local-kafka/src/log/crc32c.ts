const POLYNOMIAL = 0x82f63b78; // Castagnoli, reflected

/** Eight tables for slicing by eight bytes (Kounavis and Berry, 2005). */
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  (TABLES[0] as Int32Array)[byte] = crc;
}
for (let table = 1; table < 8; table++) {
  const previous = TABLES[table - 1] as Int32Array;
  for (let byte = 0; byte < 256; byte++) {
    const crc = previous[byte] as number;
    (TABLES[table] as Int32Array)[byte] = (crc >>> 8) ^ ((TABLES[0] as Int32Array)[crc & 0xff] as number);
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** CRC-32C of `bytes` as an unsigned 32-bit integer; `previous` continues the checksum of the bytes before them. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let at = 0;
  const at8 = bytes.length - 7;
  for (; at < at8; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      T7[low & 0xff]! ^
      T6[(low >>> 8) & 0xff]! ^
      T5[(low >>> 16) & 0xff]! ^
      T4[low >>> 24]! ^
      T3[bytes[at + 4]!]! ^
      T2[bytes[at + 5]!]! ^
      T1[bytes[at + 6]!]! ^
      T0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** Multiplies two polynomials modulo the CRC's own, bits reflected: x^0 is the highest bit. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}

/** x to the power of 8 * 2^n: appends 2^n bytes of zeros. */
const APPEND_ZEROS = [multiply(1 << 27, 1 << 27)];
for (let n = 1; n < 31; n++) APPEND_ZEROS.push(multiply(APPEND_ZEROS[n - 1] as number, APPEND_ZEROS[n - 1] as number));

/**
 * The checksum of a text whose first part is replaced by one of the same length, from the checksums of the two first
 * parts and the length of the rest, which is not read: a CRC is linear.
 */
export function crc32cWithNewStart(whole: number, oldStart: number, newStart: number, restBytes: number): number {
  let change = oldStart ^ newStart;
  for (let n = 0; restBytes >>> n > 0; n++) {
    if ((restBytes >>> n) & 1) change = multiply(APPEND_ZEROS[n] as number, change);
  }
  return (whole ^ change) >>> 0;
}
