import { type StageResult, ok, reject } from '#libs/contracts';
import { LONGEST_PACKET_BYTES, opus } from './libopus.js';
import { decodePcm } from './pcm.js';

const MOST_MILLISECONDS = 120;
const SILK_MS = [10, 20, 40, 60] as const;
const HYBRID_MS = [10, 20] as const;
const CELT_MS = [2.5, 5, 10, 20] as const;

/**
 * How long a packet says that it is, from its first two bytes (RFC 6716, section 3).
 * @param sampleRateHz a rate that Opus decodes to
 * @returns samples per channel; undefined when no packet begins like this, or it is longer than 8192 bytes
 */
export function packetSamples(packet: Uint8Array, sampleRateHz: number): number | undefined {
  const [first, second] = packet;
  if (first === undefined || packet.length > LONGEST_PACKET_BYTES) return undefined;
  const code = first & 3;
  if (code === 3 && second === undefined) return undefined;
  const frames = code === 0 ? 1 : code === 3 ? (second as number) & 63 : 2;
  const milliseconds = frames * frameMilliseconds(first >> 3);
  return frames === 0 || milliseconds > MOST_MILLISECONDS ? undefined : (milliseconds * sampleRateHz) / 1000;
}

function frameMilliseconds(config: number): number {
  if (config < 12) return SILK_MS[config & 3] as number;
  return (config < 16 ? HYBRID_MS[config & 1] : CELT_MS[config & 3]) as number;
}

/**
 * Decodes packets that follow one another, from a reset decoder, to mono: the mean of the channels. What their frames
 * hold has no checksum, so damage inside one may be heard instead of found.
 * @param sampleRateHz 8, 12, 16, 24 or 48 kHz
 * @param channels 1 or 2
 * @returns rejections UNDECODABLE_AUDIO, and CHUNK_TOO_LONG when they say that they hold more than `maxSamples`
 */
export function decodePackets(
  packets: readonly Uint8Array[],
  sampleRateHz: number,
  channels: number,
  maxSamples: number,
): StageResult<Float32Array> {
  const lengths: number[] = [];
  let total = 0;
  for (const packet of packets) {
    const length = packetSamples(packet, sampleRateHz);
    if (length === undefined) return broken(lengths.length, 'no packet has such first bytes, or such a length');
    lengths.push(length);
    total += length;
  }
  if (total > maxSamples) {
    return reject('CHUNK_TOO_LONG', `Opus of ${total} samples per channel; at most ${maxSamples} are allowed`);
  }
  const mixed = new Float32Array(total);
  const decoder = new opus.Decoder({ channels, sample_rate: sampleRateHz });
  try {
    let at = 0;
    for (const [index, packet] of packets.entries()) {
      const samples = decodePcm(Buffer.from(decoder.decode(packet).buffer), channels);
      if (samples.kind !== 'ok' || samples.value.length !== lengths[index]) {
        return broken(index, `it does not give the ${lengths[index]} samples that it announced`);
      }
      mixed.set(samples.value, at);
      at += samples.value.length;
    }
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('opus: ')) throw error;
    return reject('UNDECODABLE_AUDIO', error.message);
  } finally {
    decoder.drop();
  }
  return ok(mixed);
}

const broken = (index: number, fault: string) => reject('UNDECODABLE_AUDIO', `Opus packet ${index}: ${fault}`);
