import { createHash } from 'node:crypto';

/** Namespace of every id that is derived from records: itself a version 4 UUID, fixed for ever. */
const NAMESPACE = Buffer.from('6f0b2c0e5d6f4d0b9a37c6a1e4b7d2f8', 'hex');

/**
 * A UUIDv5 (RFC 9562, section 5.5) of the parts that identify something: the same parts give the same id anywhere.
 * Parts are told apart by their lengths, so that ('a', 'bc') and ('ab', 'c') differ.
 */
export function derivedId(...parts: readonly (string | number)[]): string {
  const name = parts.map((part) => `${String(part).length}:${part}`).join('');
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
