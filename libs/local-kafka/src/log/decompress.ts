import { gunzipSync } from 'node:zlib';
import { decompress as unzstd, init as initZstd } from '@bokuweb/zstd-wasm';
import lz4 from 'lz4-napi';
import snappy from 'snappy';

/** Java's snappy streams: a magic header, two versions, then blocks that carry their length. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** Room for the records of a frame that does not say how large they are. */
const ZSTD_UNKNOWN_SIZE_BYTES = 16 * 2 ** 20;

function unsnappy(body: Buffer): Buffer {
  if (!body.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappy.uncompressSync(body) as Buffer;
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < body.length;) {
    const length = body.readInt32BE(at);
    blocks.push(snappy.uncompressSync(body.subarray(at + 4, at + 4 + length)) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

/** By the codec's number in a batch's attributes. */
const CODECS: readonly ((body: Buffer) => Buffer)[] = [
  (body) => body,
  (body) => gunzipSync(body),
  unsnappy,
  (body) => lz4.decompressFrameSync(body),
  (body) => Buffer.from(unzstd(body, { defaultHeapSize: ZSTD_UNKNOWN_SIZE_BYTES })),
];

/** The records of a batch, unpacked. The broker looks into a batch only to compact it or to find a time in it. */
export function decompress(codec: number, body: Buffer): Buffer {
  const unpack = CODECS[codec];
  if (unpack === undefined) throw new Error(`there is no codec ${codec}`);
  return unpack(body);
}

/** Zstandard is WebAssembly and loads asynchronously: awaited before the first batch is looked into. */
export const loadCodecs = (): Promise<void> => initZstd();
