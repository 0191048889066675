import type { Reject, StageResult } from '#libs/contracts';
import {
  type BatchContext,
  type CommitMark,
  type LogRecord,
  type OutgoingRecord,
  type PartitionHandler,
  type TopicPartition,
  deadLetterOf,
  withHeartbeat,
} from '#libs/messaging';
import { faultPoint } from '#libs/platform';
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
export function createPartitionRecorder<Row>(
  { topic, partition }: TopicPartition,
  deps: PartitionRecorderDeps<Row>,
): PartitionHandler {
  const labels = { topic, partition: String(partition) };
  const tellLag = (next: bigint, { highWatermark, isCurrent }: BatchContext) => {
    if (isCurrent()) recorderMetrics.lag.set(labels, Number(highWatermark - next));
  };
  return {
    async process(records: LogRecord[], context: BatchContext): Promise<CommitMark> {
      tellLag((records[0] as LogRecord).offset, context); // a wait for the store must not hide how far behind it is
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
      if (rows.length > 0) faultPoint('recorder.afterInsert');
      const next = (records.at(-1) as LogRecord).offset + 1n;
      tellLag(next, context);
      return { offset: next };
    },
    close() {
      recorderMetrics.lag.remove(labels); // the next owner tells it from now on
    },
  };
}

function setAside(record: LogRecord, reason: Reject): OutgoingRecord {
  recorderMetrics.deadLetters.inc({ topic: record.topic, code: reason.code });
  return deadLetterOf(record, reason, 'recorder');
}
