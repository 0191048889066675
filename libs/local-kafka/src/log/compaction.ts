import { setImmediate as breathe } from 'node:timers/promises';
import type { PartitionLog } from './partition-log.js';
import { readHeader } from './record-batch.js';
import { type StoredRecord, keepRecords, readRecords } from './records.js';
import type { Segment } from './segment.js';

type LatestOffsets = ReadonlyMap<string, number>;

const nameOf = (key: Buffer): string => key.toString('latin1');

/**
 * Rewrites the sealed segments so that only the latest record of every key remains; offsets stay as they are. A
 * tombstone goes as well once it is older than `deleteRetentionMs`. Other work gets its turn between segments. A log
 * with a damaged batch stays as it is: its newest values may be the ones that cannot be read, and their predecessors
 * are better than nothing.
 * @returns the bytes that were freed
 */
export async function compact(
  log: PartitionLog,
  deleteRetentionMs: number,
  nowMs: number,
  stopping?: AbortSignal,
): Promise<number> {
  const latest = await latestOffsets(log, stopping);
  if (log.isDamaged) return 0;
  let freedBytes = 0;
  for (const segment of log.allSegments.slice(0, -1)) {
    await breathe();
    if (stopping?.aborted) break;
    if (!log.allSegments.includes(segment)) continue; // retention was faster
    const kept = keptBatches(segment, latest, nowMs - deleteRetentionMs);
    if (kept === undefined) continue;
    freedBytes += log.rewriteSealed(segment, kept);
  }
  return freedBytes;
}

async function latestOffsets(log: PartitionLog, stopping?: AbortSignal): Promise<LatestOffsets> {
  const latest = new Map<string, number>();
  for (const segment of [...log.allSegments]) {
    await breathe();
    if (stopping?.aborted) break;
    if (!log.allSegments.includes(segment)) continue;
    for (const batch of segment.batches()) {
      for (const { key, offset } of readRecords(batch)) if (key !== null) latest.set(nameOf(key), offset);
    }
  }
  return latest;
}

/** undefined where the segment stays as it is. */
function keptBatches(segment: Segment, latest: LatestOffsets, tombstonesUntilMs: number): Buffer[] | undefined {
  let changed = false;
  const batches: Buffer[] = [];
  for (const batch of segment.batches()) {
    const expired = readHeader(batch).maxTimestamp < tombstonesUntilMs;
    const records = readRecords(batch);
    const kept = records.filter((record) => isLatest(record, latest) && !(expired && record.isTombstone));
    changed ||= kept.length < records.length;
    if (kept.length === records.length) batches.push(batch);
    else if (kept.length > 0) batches.push(keepRecords(batch, kept));
  }
  return changed ? batches : undefined;
}

const isLatest = ({ key, offset }: StoredRecord, latest: LatestOffsets): boolean =>
  key === null || (latest.get(nameOf(key)) ?? offset) <= offset;
