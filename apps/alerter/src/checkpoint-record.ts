import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AlertingSnapshot, ForgottenSubject, SubjectCheckpoint } from '#libs/alert-rules';
import { EupneaError, type RuleSetChange, TOPICS, decode, encode } from '#libs/contracts';
import type { OutgoingRecord, ReadRecord } from '#libs/messaging';

/** Of the snapshots of libs/alert-rules: a change that an older one cannot be read by counts it up. */
const FORMAT = 1;

/** JSON of numbers packs to a fifth even at the fastest level. */
const FASTEST = { level: 1 };

/** People and rule sets share the compacted topic: no id can be taken for the other. */
const subjectKey = (subjectId: string): string => `subject/${subjectId}`;
const rulesKey = (version: number): string => `rules/${version}`;

export function checkpointRecord(partition: number, checkpoint: SubjectCheckpoint): OutgoingRecord {
  const snapshot = deflateRawSync(JSON.stringify(checkpoint.snapshot), FASTEST);
  return {
    topic: TOPICS.alertingCheckpoints,
    partition,
    key: subjectKey(checkpoint.subjectId),
    value: encode('AlertingCheckpoint', { ...checkpoint, format: FORMAT, snapshot }),
  };
}

/** Tombstones have no value to say in as of where they hold; one that a zombie wrote late must not undo what came since. */
const AS_OF = 'eupnea-as-of';

/** Of somebody who was forgotten: compaction lets the checkpoint go. */
export const tombstone = (partition: number, { subjectId, asOf }: ForgottenSubject): OutgoingRecord => ({
  topic: TOPICS.alertingCheckpoints,
  partition,
  key: subjectKey(subjectId),
  value: null,
  headers: { [AS_OF]: String(asOf) },
});

/** The text of rules that checkpoints name: the record in the estimates topic may expire before them. */
export const rulesRecord = (partition: number, change: RuleSetChange): OutgoingRecord => ({
  topic: TOPICS.alertingCheckpoints,
  partition,
  key: rulesKey(change.version),
  value: encode('RuleSetChange', change),
});

/** What a partition of the checkpoints topic says, its records applied in their order. */
export class CheckpointContents {
  readonly checkpoints = new Map<string, SubjectCheckpoint>();
  readonly rules = new Map<number, RuleSetChange>();

  /**
   * @throws EupneaError CHECKPOINT_UNUSABLE, since going on without would forget a person; the codes of records that do
   * not decode. Their messages go to a log, and name nobody.
   */
  apply({ key, value, headers }: ReadRecord): void {
    if (value === null) {
      const subjectId = String(key).slice(subjectKey('').length);
      if (this.isNews(subjectId, Number(String(headers[AS_OF])))) this.checkpoints.delete(subjectId);
      return;
    }
    const decoded = decode(value, 'AlertingCheckpoint', 'RuleSetChange');
    if (decoded.kind === 'drop') return;
    if (decoded.kind === 'reject') throw new EupneaError(decoded.code, `a checkpoint: ${decoded.message}`);
    if (decoded.value.record === 'RuleSetChange') {
      const change = decoded.value.value;
      if (!this.rules.has(change.version)) this.rules.set(change.version, change);
      return;
    }
    const { format, snapshot, ...rest } = decoded.value.value;
    if (format !== FORMAT) {
      throw new EupneaError('CHECKPOINT_UNUSABLE', `a checkpoint has format ${format}; ${FORMAT} is read here`, {
        hint: 'It was written by another version of the alerter. apps/alerter/README.md says how to begin without.',
      });
    }
    if (this.isNews(rest.subjectId, rest.asOf)) {
      this.checkpoints.set(rest.subjectId, { ...rest, snapshot: unpacked(snapshot) });
    }
  }

  private isNews(subjectId: string, asOf: number): boolean {
    return asOf >= (this.checkpoints.get(subjectId)?.asOf ?? 0);
  }
}

const unpacked = (snapshot: Buffer) => JSON.parse(inflateRawSync(snapshot).toString()) as AlertingSnapshot;
