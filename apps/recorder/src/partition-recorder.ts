import type { Reject, StageResult } from '#libs/contracts';
import {
  type BatchContext,
  type CommitMark,
  type LogRecord,
  type OutgoingRecord,
  type PartitionHandler,
  deadLetterOf,
  withHeartbeat,
} from '#libs/messaging';
import type { Batcher } from './batcher.js';
import { recorderMetrics } from './metrics.js';

export interface PartitionRecorderDeps<Row> {
  read: (record: LogRecord) => StageResult<Row>;
  batcher: Batcher<Row>;
  appendDeadLetters: (letters: OutgoingRecord[]) => Promise<void>;
}

/**
 * Reads a batch, writes its rows, sets aside what is no row, and only then names the offset to commit. It has no state:
 * whatever a crash repeats replaces itself in the store.
 */
export function createPartitionRecorder<Row>(deps: PartitionRecorderDeps<Row>): PartitionHandler {
  let labels: { topic: string; partition: string } | undefined;
  return {
    async process(records: LogRecord[], context: BatchContext): Promise<CommitMark> {
      const rows: Row[] = [];
      const letters: OutgoingRecord[] = [];
      for (const record of records) {
        const result = deps.read(record);
        if (result.kind === 'ok') rows.push(result.value);
        if (result.kind === 'reject') letters.push(setAside(record, result));
      }
      await withHeartbeat(context, async () => {
        await deps.batcher.add(rows);
        if (letters.length > 0) await deps.appendDeadLetters(letters);
      });
      const { topic, partition, offset } = records.at(-1) as LogRecord;
      const next = offset + 1n;
      if (context.isCurrent()) {
        labels = { topic, partition: String(partition) };
        recorderMetrics.lag.set(labels, Number(context.highWatermark - next));
      }
      return { offset: next };
    },
    close() {
      if (labels) recorderMetrics.lag.remove(labels); // the next owner tells it from now on
    },
  };
}

function setAside(record: LogRecord, reason: Reject): OutgoingRecord {
  recorderMetrics.deadLetters.inc({ topic: record.topic, code: reason.code });
  return deadLetterOf(record, reason, 'recorder');
}
