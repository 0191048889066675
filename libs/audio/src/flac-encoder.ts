import { flac } from './libflac.js';

/** Levels above 2 take several times as long and gain little on one second of breath and noise. */
const COMPRESSION_LEVEL = 2;
const BITS_PER_SAMPLE = 16;
const MD5_AT = 8 + 18;

/**
 * Encodes interleaved 16-bit samples as one complete FLAC stream with its length and MD5 sum in the header.
 * @throws Error when the rate or number of channels is none that FLAC can hold
 */
export function encodeFlac(samples: Int16Array, sampleRateHz: number, channels = 1): Buffer {
  const frames = samples.length / channels;
  const encoder = flac.create_libflac_encoder(sampleRateHz, channels, BITS_PER_SAMPLE, COMPRESSION_LEVEL, frames);
  const parts: Uint8Array[] = [];
  let md5 = '';
  try {
    const status = flac.init_encoder_stream(
      encoder,
      (bytes) => void parts.push(bytes),
      (info) => (md5 = info?.md5sum ?? ''),
    );
    const done =
      status === 0 && flac.FLAC__stream_encoder_process_interleaved(encoder, Int32Array.from(samples), frames);
    if (!done || !flac.FLAC__stream_encoder_finish(encoder)) {
      throw new Error(`FLAC cannot hold ${frames} samples at ${sampleRateHz} Hz in ${channels} channels`);
    }
  } finally {
    if (encoder !== 0) flac.FLAC__stream_encoder_delete(encoder);
  }
  const encoded = Buffer.concat(parts);
  encoded.write(md5, MD5_AT, 'hex'); // a stream cannot be rewound, so the encoder only reports the sum
  return encoded;
}
