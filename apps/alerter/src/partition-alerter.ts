import {
  type AlertingMarks,
  type AlertingOutput,
  type EstimatesRecord,
  PartitionAlerting,
  RuleSets,
  decodeAlertingMarks,
  encodeAlertingMarks,
} from '#libs/alert-rules';
import { type RuleSetChange, TOPICS, decode, encode, isLateAlert, reject } from '#libs/contracts';
import {
  type BatchContext,
  type CommitMark,
  type LogProducer,
  type LogRecord,
  type OutgoingRecord,
  type PartitionHandler,
  deadLetterOf,
} from '#libs/messaging';
import { faultPoint } from '#libs/platform';
import { faultOfEstimate } from '#libs/store';
import { type CheckpointContents, checkpointRecord, rulesRecord, tombstone } from './checkpoint-record.js';
import { type CheckpointPace } from './checkpoint-pace.js';
import * as metrics from './metrics.js';

/** When things happened: no part of the records, so that a replay repeats their bytes. */
const TIME_HEADERS = { appended: 'eupnea-estimate-appended-at', published: 'eupnea-published-at' } as const;

const TOPIC_OF: Record<AlertingOutput['record'], string> = {
  RateAggregate: TOPICS.rates,
  BreathEpisode: TOPICS.episodes,
  BreathAlert: TOPICS.alerts,
};

/** A fast replay publishes in between, so that memory stays bounded. */
const MOST_IN_HAND = 2_000;

export interface PartitionAlerterDeps {
  partition: number;
  producer: Pick<LogProducer, 'append'>;
  /** The rules that should be in force; undefined where there are none. */
  wantedRules: () => RuleSetChange | undefined;
  pace: CheckpointPace;
}

/**
 * One partition of the estimates topic: rates, episodes and alerts out, then checkpoints, then the marks to commit, each
 * when the one before is acknowledged (docs/decisions/0006).
 */
export class PartitionAlerter implements PartitionHandler {
  readonly startAt: bigint | undefined;
  private readonly alerting: PartitionAlerting;
  private readonly marks: AlertingMarks | undefined;
  private readonly savedRules: Set<number>;
  private readonly labels: { partition: string };
  private readonly outgoing: OutgoingRecord[] = [];
  private readonly unsavedRules: RuleSetChange[] = [];
  /** Of the change that this owner appended, and may not have read yet. */
  private appendedVersion = 0;

  /** @param committed undefined where the group never committed this partition: then it is read from its start */
  constructor(
    private readonly deps: PartitionAlerterDeps,
    { rules, checkpoints }: Pick<CheckpointContents, 'rules' | 'checkpoints'>,
    committed: CommitMark | undefined,
  ) {
    this.marks = committed && decodeAlertingMarks(Number(committed.offset), committed.metadata);
    this.alerting = new PartitionAlerting(new RuleSets(rules.values()), checkpoints.values(), this.marks);
    this.startAt = committed && BigInt(this.alerting.startAt);
    this.savedRules = new Set(rules.keys());
    this.labels = { partition: String(deps.partition) };
  }

  async process(records: LogRecord[], context: BatchContext): Promise<CommitMark> {
    this.tellWhere(records[0] as LogRecord, 0n, context); // a wait below must not hide how far behind it is
    for (const record of records) {
      this.take(record);
      if (this.outgoing.length < MOST_IN_HAND) continue;
      await this.publish(context);
      await context.heartbeat();
    }
    await this.publish(context);
    metrics.recordsTotal.inc(records.length);
    const last = records.at(-1) as LogRecord;
    const next = last.offset + 1n;
    await this.save(Number(next), context);
    this.tellWhere(last, 1n, context);
    const marks = this.alerting.marksAt(Number(next));
    return { offset: BigInt(marks.low), metadata: encodeAlertingMarks(marks) };
  }

  /**
   * Brings rules that should be in force into the log, where they take effect. The log may hold them already, further on
   * than this owner has read: a version that is there twice counts once.
   */
  async tick(): Promise<void> {
    const wanted = this.deps.wantedRules();
    if (wanted === undefined || wanted.version <= Math.max(this.alerting.rulesVersion, this.appendedVersion)) return;
    const value = encode('RuleSetChange', wanted);
    await this.deps.producer.append([{ topic: TOPICS.estimates, partition: this.deps.partition, key: null, value }]);
    this.appendedVersion = wanted.version;
    faultPoint('alerter.afterRuleChange');
  }

  /** The next owner, here or elsewhere, tells them from now on. */
  close(): void {
    for (const gauge of [metrics.lag, metrics.subjects, metrics.rulesVersion]) gauge.remove(this.labels);
  }

  private take(record: LogRecord): void {
    const read = usable(record);
    if (typeof read === 'string') {
      metrics.refusedTotal.inc({ code: read }); // the recorder sets it aside
      return;
    }
    const { outputs, rejected, changed } = this.alerting.take(Number(record.offset), read);
    if (changed && !this.savedRules.has(changed.version)) {
      this.savedRules.add(changed.version);
      this.unsavedRules.push(changed);
    }
    if (Number(record.offset) < (this.marks?.high ?? 0)) return; // published before
    for (const output of outputs) this.outgoing.push(this.toRecord(output, record));
    if (!rejected) return;
    metrics.refusedTotal.inc({ code: rejected.code });
    this.outgoing.push(deadLetterOf(record, reject(rejected.code, rejected.message), 'alerter'));
  }

  private async publish({ isCurrent }: BatchContext): Promise<void> {
    const outgoing = this.outgoing.splice(0);
    if (outgoing.length === 0 || !isCurrent()) return; // the next owner publishes them
    await this.deps.producer.append(outgoing);
    faultPoint('alerter.afterPublish');
    const nowMs = Date.now();
    for (const { topic, headers } of outgoing) {
      metrics.outputsTotal.inc({ topic });
      const appendedMs = Number(headers?.[TIME_HEADERS.appended]);
      if (Number.isFinite(appendedMs)) metrics.alertLatency.observe((nowMs - appendedMs) / 1000);
    }
  }

  /** Writes the checkpoints that are due; what they hold is published and acknowledged by now. */
  private async save(next: number, { committed, isCurrent }: BatchContext): Promise<void> {
    const { partition, pace, producer } = this.deps;
    if (!isCurrent()) return;
    const rules = this.unsavedRules.splice(0).map((change) => rulesRecord(partition, change));
    const gone = this.alerting
      .takeForgotten(Number(committed?.offset ?? 0n))
      .map((forgotten) => tombstone(partition, forgotten));
    const due = this.alerting.checkpoint(pace.due(this.alerting.subjectCount, Date.now()), next);
    const saved = due.map((checkpoint) => checkpointRecord(partition, checkpoint));
    if (rules.length + gone.length + saved.length === 0) return;
    await producer.append([...rules, ...gone, ...saved]); // a checkpoint never stands before the rules that it names
    metrics.checkpointsTotal.inc(saved.length);
    metrics.checkpointBytesTotal.inc(saved.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
    faultPoint('alerter.afterCheckpoint');
  }

  private tellWhere({ offset }: LogRecord, taken: bigint, { highWatermark, isCurrent }: BatchContext): void {
    if (!isCurrent()) return;
    metrics.lag.set(this.labels, Number(highWatermark - offset - taken));
    metrics.subjects.set(this.labels, this.alerting.subjectCount);
    metrics.rulesVersion.set(this.labels, this.alerting.rulesVersion);
  }

  private toRecord(output: AlertingOutput, { appendTimeMs }: LogRecord): OutgoingRecord {
    const nowMs = Date.now();
    if (output.record === 'BreathAlert' && isLateAlert(output.value, nowMs)) metrics.lateAlertsTotal.inc();
    return {
      topic: TOPIC_OF[output.record],
      partition: this.deps.partition,
      key: output.value.subjectId,
      value: encode(output.record, output.value),
      headers: { [TIME_HEADERS.appended]: String(appendTimeMs), [TIME_HEADERS.published]: String(nowMs) },
    };
  }
}

/** A record that counts, or the code of what is wrong with it. The recorder judges alike. */
function usable({ value }: LogRecord): EstimatesRecord | string {
  const decoded = decode(value, 'BreathEstimate', 'Watermark', 'RuleSetChange');
  if (decoded.kind === 'reject') return decoded.code;
  if (decoded.kind === 'drop') return decoded.reason;
  const { record } = decoded.value;
  return record === 'BreathEstimate' && faultOfEstimate(decoded.value.value) ? 'INVALID_FIELD' : decoded.value;
}
