import { type AudioEncoding, type StageResult, ok, reject } from '#libs/contracts';
import { decodeFlac } from './flac-decoder.js';
import { decodeOpusChunk } from './opus-chunk.js';
import { decodePcm } from './pcm.js';

/** What of an AudioChunk its decoder needs. */
export interface EncodedAudio {
  encoding: AudioEncoding;
  sampleRateHz: number;
  channels: number;
  /** Index of its first sample, behind the pre-roll, since the session began. */
  sampleOffset: number;
  /** Opus only: decoded samples to leave out. */
  preRollSamples: number;
  audio: Buffer;
}

/** A chunk is about one second; this bound keeps a few crafted bytes from filling the memory. */
const LONGEST_CHUNK_SECONDS = 60;

/**
 * Decodes one chunk, which stands alone, to mono float32 in [-1, 1) at its own rate: integers over full scale, the mean
 * of the channels. No bytes are no samples (the chunk that ends a session may be empty).
 * @returns rejections UNKNOWN_ENCODING, UNDECODABLE_AUDIO, CHUNK_TOO_LONG (over 60 s), INVALID_FIELD (Opus: a rate that
 * it has not, too many channels, too little pre-roll)
 */
export function decodeAudio(chunk: EncodedAudio): StageResult<Float32Array> {
  if (chunk.encoding === 'unknown') {
    return reject('UNKNOWN_ENCODING', 'the encoding is none that this version knows; send pcm_s16le, flac or opus');
  }
  if (chunk.audio.length === 0) return ok(new Float32Array(0));
  const maxSamples = LONGEST_CHUNK_SECONDS * chunk.sampleRateHz;
  if (chunk.encoding === 'flac') return decodeFlacChunk(chunk, maxSamples);
  if (chunk.encoding === 'opus') return decodeOpusChunk(chunk, maxSamples);
  const samples = decodePcm(chunk.audio, chunk.channels);
  if (samples.kind === 'ok' && samples.value.length > maxSamples) {
    return reject('CHUNK_TOO_LONG', `${samples.value.length} samples per channel; at most ${maxSamples} are allowed`);
  }
  return samples;
}

function decodeFlacChunk(chunk: EncodedAudio, maxSamples: number): StageResult<Float32Array> {
  const decoded = decodeFlac(chunk.audio, maxSamples);
  if (decoded.kind !== 'ok') return decoded;
  const { sampleRateHz, channels, samples } = decoded.value;
  if (sampleRateHz !== chunk.sampleRateHz || channels !== chunk.channels) {
    return reject(
      'UNDECODABLE_AUDIO',
      `the FLAC header says ${sampleRateHz} Hz and ${channels} channels, the chunk ${chunk.sampleRateHz} Hz and ${chunk.channels}`,
    );
  }
  return ok(samples);
}
