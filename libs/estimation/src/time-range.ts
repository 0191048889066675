import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from '#libs/chunk-checks';
import { STREAM_SILENCE_MS } from './stream-table.js';

/** Windows that begin at or after `fromMs` and before `toMs`, in epoch milliseconds. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/** A window belongs to the range in which it begins, however far it reaches beyond. */
export const beginsIn = ({ fromMs, toMs }: TimeRange, windowStart: number): boolean =>
  windowStart >= fromMs && windowStart < toMs;

/** The longest chunk (60 s), and the reach of the resampling filter with room to spare. */
const LONGEST_CHUNK_MS = 61_000;

/**
 * LogAppendTime from which on the log must be read, so that the windows of a range come out as from the whole log.
 *
 * A reader that begins in the middle takes up a stream at the first chunk that it meets. It may misjudge chunks until it
 * meets one that is good to everybody, at most the 120 s that a stream may be silent: sound that lies at most `aheadMs`
 * and one chunk behind the time at which it was appended. Windows that begin later are the same to the bit. The
 * exception is a session that two devices share, with different sample rates, for longer than that: who was first in it
 * decides, and that may lie further back.
 */
export function readFromMs({ fromMs }: TimeRange, limits: ChunkLimits = DEFAULT_CHUNK_LIMITS): number {
  return fromMs - limits.aheadMs - STREAM_SILENCE_MS - LONGEST_CHUNK_MS;
}
