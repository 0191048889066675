import { type StageResult, ok, reject } from '#libs/contracts';
import type { EncodedAudio } from './decode-audio.js';
import { decodePackets, packetSamples } from './opus-packets.js';

const RATES_HZ: readonly number[] = [8_000, 12_000, 16_000, 24_000, 48_000];

/** After a reset a decoder needs so much of what came before until it gives nearly the same (RFC 7845, section 4.6). */
const PRE_ROLL_SECONDS = 0.08;

const LENGTH_BYTES = 2;

/** Packets as the audio of a chunk: each behind its length in bytes, an unsigned 16-bit little-endian number. */
export function joinPackets(packets: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    packets.flatMap((packet) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16LE(packet.length);
      return [length, packet];
    }),
  );
}

/** The inverse of `joinPackets`; undefined when the lengths do not end where the bytes do. */
function splitPackets(audio: Buffer): Buffer[] | undefined {
  const packets: Buffer[] = [];
  let at = 0;
  while (at + LENGTH_BYTES <= audio.length) {
    const from = at + LENGTH_BYTES;
    at = from + audio.readUInt16LE(at);
    packets.push(audio.subarray(from, at));
  }
  return at === audio.length ? packets : undefined;
}

/**
 * Decodes the packets of a chunk from a reset decoder, at the session's rate, and leaves its pre-roll out.
 * @returns rejections INVALID_FIELD, UNDECODABLE_AUDIO, CHUNK_TOO_LONG
 */
export function decodeOpusChunk(chunk: EncodedAudio, maxSamples: number): StageResult<Float32Array> {
  const { sampleRateHz, channels, preRollSamples } = chunk;
  const fault = faultIn(chunk);
  if (fault !== undefined) return reject('INVALID_FIELD', fault);
  const packets = splitPackets(chunk.audio);
  if (packets === undefined) {
    return reject('UNDECODABLE_AUDIO', 'Opus: the lengths of the packets do not end where the audio does');
  }
  const decoded = decodePackets(packets, sampleRateHz, channels, maxSamples);
  if (decoded.kind !== 'ok') return decoded;
  if (preRollSamples > decoded.value.length) {
    return reject('INVALID_FIELD', `preRollSamples is ${preRollSamples}; the packets hold ${decoded.value.length}`);
  }
  return ok(decoded.value.subarray(preRollSamples));
}

function faultIn({ sampleRateHz, channels, sampleOffset, preRollSamples }: EncodedAudio): string | undefined {
  if (!RATES_HZ.includes(sampleRateHz)) {
    return `sampleRateHz is ${sampleRateHz}; Opus decodes to ${RATES_HZ.join(', ')}`;
  }
  if (channels > 2) return `channels is ${channels}; an Opus stream has 1 or 2`;
  const least = Math.min(sampleOffset, PRE_ROLL_SECONDS * sampleRateHz);
  if (preRollSamples >= least) return undefined;
  return `preRollSamples is ${preRollSamples}; Opus needs at least ${least} here (80 ms, or all since the session began)`;
}

/** Packets of about a second as the fields of a chunk say them. */
export interface OpusChunk {
  sampleOffset: number;
  preRollSamples: number;
  audio: Buffer;
  /** Samples that it brings, without its pre-roll. */
  samples: number;
}

/**
 * Cuts a stream of packets into chunks of about one second, each with its pre-roll.
 * @param preSkipSamples what the encoder says to leave out at the beginning; sample 0 lies behind it
 */
export function* cutIntoChunks(
  packets: readonly Uint8Array[],
  sampleRateHz: number,
  preSkipSamples: number,
): Generator<OpusChunk> {
  const starts = [-preSkipSamples];
  for (const packet of packets) {
    starts.push((starts.at(-1) as number) + (packetSamples(packet, sampleRateHz) ?? 0));
  }
  const startOf = (index: number) => starts[index] as number;
  let first = 0;
  let sampleOffset = 0;
  for (let end = 1; end <= packets.length; end++) {
    const samples = startOf(end) - sampleOffset;
    if (samples < sampleRateHz && end < packets.length) continue;
    let rolling = first;
    while (rolling > 0 && sampleOffset - startOf(rolling) < PRE_ROLL_SECONDS * sampleRateHz) rolling -= 1;
    const preRollSamples = sampleOffset - startOf(rolling);
    yield { sampleOffset, preRollSamples, audio: joinPackets(packets.slice(rolling, end)), samples };
    first = end;
    sampleOffset = startOf(end);
  }
}
