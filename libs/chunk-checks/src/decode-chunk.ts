import { decodeAudio } from '#libs/audio';
import { type AudioChunk, type StageResult, reject } from '#libs/contracts';

/** Decodes a chunk's audio to mono at its own rate. Rejects as `decodeAudio`, and INVALID_FIELD for silence of no length. */
export function decodeChunk(chunk: AudioChunk): StageResult<Float32Array> {
  const samples = decodeAudio(chunk);
  if (samples.kind === 'ok' && samples.value.length === 0 && !chunk.endOfSession) {
    return reject('INVALID_FIELD', 'there is no audio; only the chunk that ends a session may be empty');
  }
  return samples;
}
