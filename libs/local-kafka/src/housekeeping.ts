import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#libs/platform';
import type { GroupCoordinator } from './groups/coordinator.js';
import { compact } from './log/compaction.js';
import type { PartitionLog } from './log/partition-log.js';
import type { Topic, Topics } from './topics.js';

const EVERY_MS = 1_000;

/** Applies retention and compaction to all topics, and retention to offsets, again and again until the signal. */
export async function keepHouse(
  topics: Topics,
  groups: GroupCoordinator,
  logger: Logger,
  stopping: AbortSignal,
): Promise<void> {
  const compactedThrough = new WeakMap<PartitionLog, number>();
  while (!stopping.aborted) {
    for (const topic of topics.all()) {
      for (const log of topic.partitions) {
        try {
          await clean(topic, log, compactedThrough, logger, stopping);
        } catch (error) {
          if (topics.find(topic.name) === topic) logger.error({ err: error, folder: log.folder }, 'cleaning failed');
        }
      }
    }
    try {
      groups.expireOffsets(Date.now());
    } catch (error) {
      logger.error({ err: error }, 'idle offsets cannot be forgotten');
    }
    await sleep(EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function clean(
  { config }: Topic,
  log: PartitionLog,
  compactedThrough: WeakMap<PartitionLog, number>,
  logger: Logger,
  stopping: AbortSignal,
): Promise<void> {
  if (stopping.aborted) return;
  if (config.has('delete')) {
    const deleted = log.applyRetention(config.number('retention.ms'), config.number('retention.bytes'), Date.now());
    if (deleted > 0) logger.info({ folder: log.folder, deleted }, 'segments deleted by retention');
  }
  if (
    config.has('compact') &&
    isDirty(log, compactedThrough.get(log) ?? 0, config.number('min.cleanable.dirty.ratio'))
  ) {
    const through = log.allSegments.at(-1)?.baseOffset ?? 0;
    const freedBytes = await compact(log, config.number('delete.retention.ms'), Date.now(), stopping);
    if (!stopping.aborted) compactedThrough.set(log, through);
    if (freedBytes > 0) logger.info({ folder: log.folder, freedBytes }, 'compacted');
  }
}

/** Whether enough of the sealed segments was written since the last compaction. */
function isDirty(log: PartitionLog, compactedThrough: number, dirtyRatio: number): boolean {
  const sealed = log.allSegments.slice(0, -1);
  const bytes = (segments: typeof sealed) => segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const dirtyBytes = bytes(sealed.filter(({ baseOffset }) => baseOffset >= compactedThrough));
  return dirtyBytes > 0 && dirtyBytes >= dirtyRatio * bytes(sealed);
}
