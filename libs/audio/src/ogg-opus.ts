import { type StageResult, ok, reject } from '#libs/contracts';
import { type OggPage, readOggPages } from './ogg-pages.js';
import { packetSamples } from './opus-packets.js';

/** Positions in an Ogg Opus file count samples of this rate, whatever was recorded. */
export const OGG_OPUS_RATE_HZ = 48_000;

/** The one Opus stream of an Ogg file (RFC 7845). */
export interface OggOpus {
  /** 1 or 2. */
  channels: number;
  packets: Buffer[];
  /** Decoded samples to leave out at the beginning. */
  preSkipSamples: number;
  /** ... and at the end, where the last packet is padded. */
  endTrimSamples: number;
  /** By which the file wants every sample multiplied. */
  gain: number;
}

type Header = Pick<OggOpus, 'channels' | 'preSkipSamples' | 'gain'>;

const HEADER_BYTES = 19;

/**
 * Reads the packets of an Ogg Opus file and what lies around them. Streams of other kinds beside it are left out.
 * @returns rejection UNDECODABLE_AUDIO
 */
export function readOggOpus(bytes: Buffer): StageResult<OggOpus> {
  const read = readOggPages(bytes);
  if (read.kind !== 'ok') return read;
  const heads = read.value.filter((page) => page.isFirst && isMarked(page.pieces[0], 'OpusHead'));
  const [head] = heads;
  if (head === undefined) return broken('no Opus stream in it');
  if (heads.length > 1) return broken('several Opus streams in it');
  const header = readHeader(head.pieces[0] as Buffer);
  if (header === undefined) return broken('a header other than that of one or two channels');

  const pages = read.value.filter(({ serial }) => serial === head.serial);
  const packetsOfPages = packetsOf(pages);
  if (typeof packetsOfPages === 'string') return broken(packetsOfPages);
  const [, tags, ...audio] = packetsOfPages.flat();
  if (tags === undefined || !isMarked(tags, 'OpusTags')) return broken('no tags behind the header');
  const endTrimSamples = endTrimOf(pages, packetsOfPages, audio);
  return ok({ ...header, packets: audio, endTrimSamples });
}

const broken = (fault: string) => reject('UNDECODABLE_AUDIO', fault);
const isMarked = (packet: Buffer | undefined, mark: string) => packet?.toString('latin1', 0, 8) === mark;

/** What RFC 7845, section 5.1, says; undefined for a later version, or for more than one stream (surround sound). */
function readHeader(head: Buffer): Header | undefined {
  if (head.length < HEADER_BYTES || (head[8] as number) >> 4 !== 0) return undefined;
  const channels = head[9] as number;
  const mappingFamily = head[18] as number;
  if (mappingFamily !== 0 || channels < 1 || channels > 2) return undefined;
  return { channels, preSkipSamples: head.readUInt16LE(10), gain: 10 ** (head.readInt16LE(16) / 256 / 20) };
}

/** For each page the packets that end on it, or what is wrong. */
function packetsOf(pages: OggPage[]): Buffer[][] | string {
  const packetsOfPages: Buffer[][] = [];
  let pending: Buffer[] = [];
  let sequence = pages[0]?.sequence ?? 0;
  for (const page of pages) {
    if (page.sequence !== sequence) return `page ${sequence} is missing`;
    if (page.continues !== pending.length > 0) return `a packet is torn before page ${sequence}`;
    const ending: Buffer[] = [];
    for (const [index, piece] of page.pieces.entries()) {
      pending.push(piece);
      if (index === page.pieces.length - 1 && !page.isWhole) continue;
      ending.push(pending.length === 1 ? piece : Buffer.concat(pending));
      pending = [];
    }
    packetsOfPages.push(ending);
    sequence = (sequence + 1) >>> 0;
  }
  return pending.length === 0 ? packetsOfPages : 'its last packet is cut short';
}

/**
 * The last page's position says how many samples count (RFC 7845, section 4.4); the first page with sound says where
 * counting began, since a stream may have been cut out of a longer one. A position that would take away more than its
 * own page is a fault of the writer and ignored.
 */
function endTrimOf(pages: OggPage[], packetsOfPages: Buffer[][], audio: Buffer[]): number {
  const samplesIn = (packets: Buffer[]) =>
    packets.reduce((sum, packet) => sum + (packetSamples(packet, OGG_OPUS_RATE_HZ) ?? 0), 0);
  const last = pages.at(-1);
  const first = packetsOfPages.findIndex((packets) => audio[0] !== undefined && packets.includes(audio[0]));
  if (last === undefined || !last.isLast || first === -1) return 0;
  const began =
    first === pages.length - 1
      ? 0
      : Math.max(0, Number((pages[first] as OggPage).granule) - samplesIn(packetsOfPages[first] as Buffer[]));
  const trim = samplesIn(audio) - (Number(last.granule) - began);
  return trim > 0 && trim < samplesIn(packetsOfPages.at(-1) as Buffer[]) ? trim : 0;
}
