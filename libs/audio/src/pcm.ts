import { type StageResult, ok, reject } from '#libs/contracts';

const BYTES_PER_SAMPLE = 2;

/**
 * Interleaved 16-bit little-endian PCM to mono float32 in [-1, 1): int / 32768, the mean of the channels.
 * @returns rejection UNDECODABLE_AUDIO when the bytes are no whole number of samples of all channels
 */
export function decodePcm(bytes: Buffer, channels: number): StageResult<Float32Array> {
  const frameBytes = BYTES_PER_SAMPLE * channels;
  if (bytes.length % frameBytes !== 0) {
    return reject(
      'UNDECODABLE_AUDIO',
      `${bytes.length} bytes are no whole number of 16-bit samples in ${channels} channels`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const mixed = new Float32Array(bytes.length / frameBytes);
  const scale = 1 / (32_768 * channels);
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += view.getInt16(i * frameBytes + channel * BYTES_PER_SAMPLE, true);
    }
    mixed[i] = sum * scale;
  }
  return ok(mixed);
}

/** Samples as 16-bit little-endian bytes, interleaved as they are. */
export function encodePcm(samples: Int16Array): Buffer {
  const bytes = Buffer.alloc(samples.length * BYTES_PER_SAMPLE);
  for (let i = 0; i < samples.length; i++) bytes.writeInt16LE(samples[i] as number, i * BYTES_PER_SAMPLE);
  return bytes;
}

/** Float samples in [-1, 1) to 16 bits, rounded to nearest and clipped. */
export function toInt16(samples: Float32Array): Int16Array {
  const integers = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round((samples[i] as number) * 32_768);
    integers[i] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
  }
  return integers;
}
