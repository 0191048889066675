import { compress as zstdCompress, decompress as zstdDecompress, init as initZstd } from '@bokuweb/zstd-wasm';
import kafkajs from 'kafkajs';
import lz4 from 'lz4-napi';
import snappy from 'snappy';
import { readHeadersInLinearTime } from './header-decoding.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Java's snappy streams: a magic header, two versions, then blocks that carry their length. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

async function unsnappy(buffer: Buffer): Promise<Buffer> {
  if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return (await snappy.uncompress(buffer)) as Buffer;
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < buffer.length;) {
    const length = buffer.readInt32BE(at);
    blocks.push((await snappy.uncompress(buffer.subarray(at + 4, at + 4 + length))) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

let registered: Promise<void> | undefined;

/**
 * Registers snappy, lz4 and zstd with kafkajs, which knows only gzip: a batch in a codec that it does not know crashes
 * the consumer, whoever sent it; so would a record of very many headers stop it. Awaited before the first fetch.
 */
export function registerCodecs(): Promise<void> {
  registered ??= initZstd().then(() => {
    readHeadersInLinearTime();
    CompressionCodecs[CompressionTypes.Snappy] = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => snappy.compress(buffer),
      decompress: unsnappy,
    });
    CompressionCodecs[CompressionTypes.LZ4] = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => lz4.compressFrame(buffer),
      decompress: (buffer: Buffer) => lz4.decompressFrame(buffer),
    });
    CompressionCodecs[CompressionTypes.ZSTD] = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(zstdCompress(buffer)),
      decompress: async (buffer: Buffer) => Buffer.from(zstdDecompress(buffer)),
    });
  });
  return registered;
}
