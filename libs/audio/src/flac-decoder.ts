import { type StageResult, ok, reject } from '#libs/contracts';
import { flac } from './libflac.js';

/** What STREAMINFO, the first metadata block of every FLAC stream, says (RFC 9639, section 8.2). */
export interface FlacInfo {
  sampleRateHz: number;
  channels: number;
  bitsPerSample: number;
  /** 0 when the encoder did not know. */
  totalSamples: number;
}

export interface DecodedFlac extends FlacInfo {
  /** Mono, the mean of the channels, in [-1, 1). */
  samples: Float32Array;
}

const STREAMINFO_BYTES = 34;
const HEADER_BYTES = 8 + STREAMINFO_BYTES;
const SUPPORTED_BITS = [16, 24];
const END_OF_STREAM = 4;

/** @returns undefined when the bytes do not begin a FLAC stream */
export function readFlacInfo(bytes: Buffer): FlacInfo | undefined {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== 'fLaC') return undefined;
  if (((bytes[4] as number) & 0x7f) !== 0 || bytes.readUIntBE(5, 3) !== STREAMINFO_BYTES) return undefined;
  const packed = bytes.readBigUInt64BE(18);
  return {
    sampleRateHz: Number(packed >> 44n),
    channels: Number((packed >> 41n) & 7n) + 1,
    bitsPerSample: Number((packed >> 36n) & 31n) + 1,
    totalSamples: Number(packed & 0xf_ffff_ffffn),
  };
}

/**
 * Decodes a whole FLAC stream, checking every frame's CRC, the header's MD5 where there is one, and that all announced
 * samples are there.
 * @param maxSamples more samples per channel than this are refused: some bytes of FLAC can hold hours of silence
 * @returns rejections UNDECODABLE_AUDIO and CHUNK_TOO_LONG
 */
export function decodeFlac(bytes: Buffer, maxSamples: number): StageResult<DecodedFlac> {
  const info = readFlacInfo(bytes);
  if (info === undefined) return reject('UNDECODABLE_AUDIO', 'the bytes do not begin with a FLAC header');
  if (!SUPPORTED_BITS.includes(info.bitsPerSample)) {
    return reject('UNDECODABLE_AUDIO', `FLAC with ${info.bitsPerSample} bits; ${SUPPORTED_BITS.join(' or ')} are read`);
  }
  if (info.totalSamples > maxSamples) return tooLong(info.totalSamples, maxSamples);
  const frames = decodeFrames(bytes, info, maxSamples);
  if (frames.samples > maxSamples) return tooLong(frames.samples, maxSamples);
  if (frames.fault !== undefined) return reject('UNDECODABLE_AUDIO', `FLAC: ${frames.fault}`);
  if (info.totalSamples !== 0 && frames.samples !== info.totalSamples) {
    return reject('UNDECODABLE_AUDIO', `FLAC: ${frames.samples} samples, and its header says ${info.totalSamples}`);
  }
  return ok({ ...info, samples: mixFrames(frames.blocks, info, frames.samples) });
}

const tooLong = (samples: number, maxSamples: number) =>
  reject('CHUNK_TOO_LONG', `FLAC with ${samples} or more samples per channel; at most ${maxSamples} are allowed`);

/** One decoded frame: little-endian integers per channel, 2 bytes wide for 16 bits and 4 bytes for 24. */
type Block = Uint8Array[];

function decodeFrames(bytes: Buffer, info: FlacInfo, maxSamples: number) {
  const blocks: Block[] = [];
  let samples = 0;
  let position = 0;
  let fault: string | undefined;
  const decoder = flac.create_libflac_decoder(true);
  try {
    flac.init_decoder_stream(
      decoder,
      (wanted) => {
        const buffer = bytes.subarray(position, position + wanted);
        position += buffer.length;
        return { buffer: buffer as Uint8Array<ArrayBuffer>, readDataLength: buffer.length, error: false };
      },
      (data, frame) => {
        if (
          frame.channels !== info.channels ||
          frame.bitsPerSample !== info.bitsPerSample ||
          frame.sampleRate !== info.sampleRateHz
        ) {
          fault ??= 'a frame contradicts the header';
        }
        samples += frame.blocksize;
        if (fault === undefined && samples <= maxSamples) blocks.push(data);
      },
      (_code, description) => (fault ??= String(description)),
    );
    while (fault === undefined && samples <= maxSamples) {
      if (!flac.FLAC__stream_decoder_process_single(decoder)) fault ??= 'the stream is cut short or broken';
      if (flac.FLAC__stream_decoder_get_state(decoder) >= END_OF_STREAM) break;
    }
    if (!flac.FLAC__stream_decoder_finish(decoder)) fault ??= 'the MD5 sum does not match';
  } finally {
    flac.FLAC__stream_decoder_delete(decoder);
  }
  return { blocks, samples, fault };
}

function mixFrames(blocks: Block[], { channels, bitsPerSample }: FlacInfo, samples: number): Float32Array {
  const mixed = new Float32Array(samples);
  const scale = 1 / (2 ** (bitsPerSample - 1) * channels);
  let from = 0;
  for (const block of blocks) {
    const values = block.map((channel) =>
      bitsPerSample === 16 ? new Int16Array(channel.buffer) : new Int32Array(channel.buffer),
    );
    const length = (values[0] as Int16Array).length;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of values) sum += channel[i] as number;
      mixed[from + i] = sum * scale;
    }
    from += length;
  }
  return mixed;
}
