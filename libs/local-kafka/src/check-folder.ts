import { join } from 'node:path';
import type { Logger } from '#libs/platform';
import { lockFolder } from './folder-lock.js';
import { CommittedOffsets } from './groups/committed-offsets.js';
import type { Damage } from './log/faults.js';
import { Topics } from './topics.js';

export interface FolderReport {
  readonly partitions: number;
  readonly batches: number;
  readonly bytes: number;
  readonly tornBytes: number;
  readonly damaged: readonly Damage[];
  readonly damagedOffsetLines: number;
}

/**
 * Reads every batch and every committed offset of a data folder and checks them, as a broker does that starts and is
 * read whole: a torn end is cut off, everything else stays as it is.
 * @throws EupneaError DATA_FOLDER_UNUSABLE, as while a broker serves the folder
 */
export function checkFolder(dataFolder: string, logger: Logger): FolderReport {
  const unlock = lockFolder(dataFolder);
  try {
    let [partitions, batches, bytes, tornBytes] = [0, 0, 0, 0];
    const damaged: Damage[] = [];
    const topics = new Topics(dataFolder, 1, logger, {
      torn: (torn) => (tornBytes += torn.bytes),
      damaged: (damage) => damaged.push(damage),
    });
    for (const log of topics.all().flatMap((topic) => topic.partitions)) {
      partitions++;
      for (const segment of log.allSegments) {
        for (const batch of segment.batches()) {
          batches++;
          bytes += batch.length;
        }
      }
    }
    topics.close();
    const offsets = new CommittedOffsets(join(dataFolder, 'committed-offsets.jsonl'));
    offsets.close();
    tornBytes += offsets.tornBytes;
    return { partitions, batches, bytes, tornBytes, damaged, damagedOffsetLines: offsets.damagedLines };
  } finally {
    unlock();
  }
}
