import { type StageResult, ok, reject } from '#libs/contracts';

/** One page of an Ogg file (RFC 3533, section 6). */
export interface OggPage {
  serial: number;
  sequence: number;
  /** The codec's position at the page's end; -1 when no packet ends on the page. */
  granule: bigint;
  isFirst: boolean;
  isLast: boolean;
  /** Whether its first bytes go on with the packet of the page before. */
  continues: boolean;
  /** Pieces of packets; the last one goes on with the next page unless `isWhole`. */
  pieces: Buffer[];
  isWhole: boolean;
}

const HEADER_BYTES = 27;
const FLAGS = { continues: 1, first: 2, last: 4 } as const;
const FULL_SEGMENT = 255;
const CRC_AT = 22;

/** Whether the bytes begin an Ogg file. */
export const isOgg = (bytes: Buffer) => bytes.toString('latin1', 0, 4) === 'OggS';

/**
 * All pages of a file, their CRCs checked.
 * @returns rejection UNDECODABLE_AUDIO when the file is cut short within a page, or damaged
 */
export function readOggPages(bytes: Buffer): StageResult<OggPage[]> {
  const pages: OggPage[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = endOfPage(bytes, at);
    if (end === undefined) return reject('UNDECODABLE_AUDIO', `no whole page at byte ${at}`);
    const page = bytes.subarray(at, end);
    if (crcOf(page) !== page.readUInt32LE(CRC_AT)) {
      return reject('UNDECODABLE_AUDIO', `the page at byte ${at} does not match its CRC`);
    }
    pages.push(parsePage(page));
    at = end;
  }
  return ok(pages);
}

function endOfPage(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > bytes.length || !isOgg(bytes.subarray(at))) return undefined;
  const body = at + HEADER_BYTES + (bytes[at + 26] as number);
  if (body > bytes.length) return undefined;
  const end = bytes.subarray(at + HEADER_BYTES, body).reduce((sum, segment) => sum + segment, body);
  return end <= bytes.length ? end : undefined;
}

function parsePage(page: Buffer): OggPage {
  const flags = page[5] as number;
  const segments = page.subarray(HEADER_BYTES, HEADER_BYTES + (page[26] as number));
  const pieces: Buffer[] = [];
  let from = HEADER_BYTES + segments.length;
  let to = from;
  for (const [index, segment] of segments.entries()) {
    to += segment;
    if (segment === FULL_SEGMENT && index < segments.length - 1) continue;
    pieces.push(page.subarray(from, to));
    from = to;
  }
  return {
    serial: page.readUInt32LE(14),
    sequence: page.readUInt32LE(18),
    granule: page.readBigInt64LE(6),
    isFirst: (flags & FLAGS.first) !== 0,
    isLast: (flags & FLAGS.last) !== 0,
    continues: (flags & FLAGS.continues) !== 0,
    pieces,
    isWhole: segments.at(-1) !== FULL_SEGMENT,
  };
}

const CRC_POLYNOMIAL = 0x04c1_1db7;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ CRC_POLYNOMIAL : crc << 1;
  return crc;
});

/** CRC-32 of Ogg: not reflected, from zero, with its own field as zeros. */
function crcOf(page: Buffer): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= CRC_AT && i < CRC_AT + 4 ? 0 : (page[i] as number);
    crc = (crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 255] as number);
  }
  return crc >>> 0;
}
