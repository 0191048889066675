import { DEFAULT_CHUNK_LIMITS, checkClock, checkFields, decodeChunk } from '#libs/chunk-checks';
import { type AudioChunk, type StageResult, ok } from '#libs/contracts';
import type { LaneItem } from './lane.js';

/**
 * What the estimator would refuse whatever came before, by the same functions and with the same codes; our clock stands
 * for the LogAppendTime that the chunk will get in a moment.
 * @returns the chunk with the sample behind its last one
 */
export function checkChunk(chunk: AudioChunk, nowMs: number): StageResult<LaneItem> {
  const fields = checkFields(chunk);
  if (fields.kind !== 'ok') return fields;
  const clock = checkClock({ appendTimeMs: nowMs }, chunk, DEFAULT_CHUNK_LIMITS);
  if (clock.kind !== 'ok') return clock;
  const samples = decodeChunk(chunk);
  if (samples.kind !== 'ok') return samples;
  return ok({ chunk, endOffset: chunk.sampleOffset + samples.value.length });
}
