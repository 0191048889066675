import { type BreathAlert, type Reject, decode, reject } from '#libs/contracts';
import {
  type DeliveryMarks,
  OpenAlerts,
  type ReceiverMark,
  type TellingRules,
  decodeDeliveryMarks,
  encodeDeliveryMarks,
  isDone,
  markOf,
} from '#libs/delivery';
import {
  type BatchContext,
  type CommitMark,
  type LogRecord,
  type OutgoingRecord,
  type PartitionHandler,
  deadLetterOf,
} from '#libs/messaging';
import { type Logger, faultPoint } from '#libs/platform';
import * as metrics from './metrics.js';
import type { Outcome } from './receiver-queue.js';
import type { Teller } from './teller.js';

/** Who begins to read the log anew tells nobody of what it held for longer. */
const NEWS_FOR_MS = 10 * 60_000;

export interface PartitionNotifierDeps {
  partition: number;
  rules: TellingRules;
  tellers: ReadonlyMap<string, Pick<Teller, 'tell' | 'remind'>>;
  /** Appends, however long the broker is away; rejects with the signal's reason. */
  append: (records: OutgoingRecord[], signal: AbortSignal) => Promise<void>;
  logger: Logger;
}

/**
 * One partition of the alerts topic. Records are read on while deliveries are under way; the marks to commit name
 * each delivery that has not ended, and begin where the oldest alert does that is open, or of which something is still to
 * tell. A new owner reads from there, remembers in silence who was told, and tells each receiver what it was not told yet.
 */
export class PartitionNotifier implements PartitionHandler {
  readonly startAt: bigint | undefined;
  private readonly open: OpenAlerts;
  private readonly marks: DeliveryMarks | undefined;
  /** Of each receiver, the records whose delivery has not ended, in their order: their offsets, and since when the alert was told. */
  private readonly pending: ReadonlyMap<string, Map<bigint, bigint>>;
  /** Newest firings that are silenced, by their alerts, with those of whom each is news. */
  private readonly silenced = new Map<string, { record: LogRecord; receivers: readonly string[] }>();
  private readonly given = new AbortController();
  private readonly openedAtMs = Date.now();
  private readonly labels: { partition: string };
  /** Offset behind the last record that was read; undefined before the first one of a log without a commit. */
  private next: bigint | undefined;
  private isCaughtUp = false;

  /** @param committed undefined where the group never committed this partition, and it holds records */
  constructor(
    private readonly deps: PartitionNotifierDeps,
    committed: CommitMark | undefined,
  ) {
    this.open = new OpenAlerts(deps.rules);
    this.marks = committed && decodeDeliveryMarks(committed.offset, committed.metadata);
    this.startAt = committed?.offset;
    this.next = committed?.offset;
    this.pending = new Map([...deps.tellers.keys()].map((name) => [name, new Map<bigint, bigint>()]));
    this.labels = { partition: String(deps.partition) };
  }

  async process(records: LogRecord[], context: BatchContext): Promise<CommitMark> {
    for (const record of records) await this.take(record);
    const last = records.at(-1) as LogRecord;
    this.next = last.offset + 1n;
    this.isCaughtUp = this.next >= context.highWatermark;
    metrics.recordsTotal.inc(records.length);
    if (context.isCurrent()) {
      metrics.lag.set(this.labels, Number(context.highWatermark - this.next));
      metrics.openAlerts.set(this.labels, [...this.open.values()].length);
    }
    return this.durableMark() as CommitMark;
  }

  /** Tells of what still fires when its silence ends, and tells receivers again where they want to hear it. */
  tick(): Promise<void> {
    if (!this.isCaughtUp) return Promise.resolve(); // what stands behind may be its end
    const nowMs = Date.now();
    for (const { alert, receivers, since } of this.open.overdue(nowMs)) {
      const held = this.silenced.get(alert.alertId);
      this.silenced.delete(alert.alertId);
      for (const name of receivers)
        if (held?.receivers.includes(name)) this.tell(name, alert, held.record, since, nowMs);
    }
    for (const { told, receivers } of this.open.values()) {
      for (const name of receivers) this.deps.tellers.get(name)?.remind(told, this.given.signal);
    }
    return Promise.resolve();
  }

  durableMark(): CommitMark | undefined {
    const { next } = this;
    if (next === undefined) return undefined;
    const receivers = new Map([...this.pending.keys()].map((name) => [name, this.markOf(name, next)]));
    let low = this.open.low ?? next;
    for (const offsets of this.pending.values()) for (const since of offsets.values()) if (since < low) low = since;
    if (next < low) low = next;
    return { offset: low, metadata: encodeDeliveryMarks({ low, receivers }) };
  }

  /** The next owner delivers what did not end. */
  close(): void {
    this.given.abort();
    for (const gauge of [metrics.lag, metrics.openAlerts]) gauge.remove(this.labels);
  }

  /** What was delivered, or set aside, by us or by earlier owners; of theirs we may not have read all again. */
  private markOf(receiver: string, next: bigint): ReceiverMark {
    const before = this.marks && markOf(this.marks, receiver);
    const pending = [...(this.pending.get(receiver)?.keys() ?? [])];
    const unread = before?.except.filter((offset) => offset >= next) ?? [];
    return { upTo: before && before.upTo > next ? before.upTo : next, except: [...pending, ...unread] };
  }

  private isNewsTo(receiver: string, { offset, appendTimeMs }: LogRecord): boolean {
    if (this.marks === undefined) return appendTimeMs >= this.openedAtMs - NEWS_FOR_MS;
    return !isDone(markOf(this.marks, receiver), offset);
  }

  private async take(record: LogRecord): Promise<void> {
    const { deps } = this;
    const isNews = [...deps.tellers.keys()].some((name) => this.isNewsTo(name, record));
    const decoded = decode(record.value, 'BreathAlert');
    if (decoded.kind !== 'ok') {
      if (isNews && decoded.kind === 'reject') await this.setAside(record, decoded, '');
      return;
    }
    const alert = decoded.value.value;
    const telling = this.open.take(record.offset, { alert, appendTimeMs: record.appendTimeMs });
    if (!('untold' in telling && telling.untold === 'late')) this.release(alert.alertId);
    if ('receivers' in telling) {
      for (const name of telling.receivers)
        if (this.isNewsTo(name, record)) this.tell(name, alert, record, telling.since);
      return;
    }
    if (telling.later) this.hold(record, alert.alertId, telling.later);
    if (isNews) {
      const { untold } = telling;
      metrics.untoldTotal.inc({ reason: untold });
      const lateMs = record.appendTimeMs - alert.at;
      if (untold === 'late') deps.logger.warn({ ...namesOf(alert), lateMs }, 'an alert came too late to tell anybody');
    }
  }

  /** A silenced firing is not done with: whoever reads on must know that somebody may have to be told of it. */
  private hold(record: LogRecord, alertId: string, receivers: readonly string[]): void {
    const those = receivers.filter((name) => this.isNewsTo(name, record));
    for (const name of those) this.pending.get(name)?.set(record.offset, record.offset);
    this.silenced.set(alertId, { record, receivers: those });
  }

  /** A later change of the alert stands for it, unless that is late. */
  private release(alertId: string): void {
    const held = this.silenced.get(alertId);
    if (held === undefined) return;
    for (const name of held.receivers) this.pending.get(name)?.delete(held.record.offset);
    this.silenced.delete(alertId);
  }

  /** @param dueMs since when it should be told, epoch milliseconds */
  private tell(
    receiver: string,
    alert: BreathAlert,
    record: LogRecord,
    since: bigint,
    dueMs = record.appendTimeMs,
  ): void {
    const teller = this.deps.tellers.get(receiver);
    const pending = this.pending.get(receiver);
    if (teller === undefined || pending === undefined) return; // it was told by a configuration of before
    pending.set(record.offset, since);
    void teller
      .tell(alert, dueMs, this.given.signal)
      .then((outcome) => this.settle(receiver, alert, record, outcome))
      .then((isSettled) => isSettled && pending.delete(record.offset));
  }

  /** @returns whether nobody needs to deliver it any more */
  private async settle(receiver: string, alert: BreathAlert, record: LogRecord, outcome: Outcome): Promise<boolean> {
    if (outcome.kind === 'abandoned') return false;
    if (outcome.kind === 'delivered') {
      faultPoint('notifier.afterDelivery');
      return true;
    }
    const { code, reason } = outcome;
    this.deps.logger.error({ ...namesOf(alert), receiver, code, reason }, 'an alert was not delivered');
    await this.setAside(record, reject(code, `receiver ${receiver}: ${reason}`), receiver);
    return !this.given.signal.aborted;
  }

  private async setAside(record: LogRecord, reason: Reject, receiver: string): Promise<void> {
    try {
      await this.deps.append([deadLetterOf(record, reason, 'notifier')], this.given.signal);
      metrics.deadLettersTotal.inc({ receiver, code: reason.code });
    } catch (error) {
      if (!this.given.signal.aborted) throw error;
    }
  }
}

/** What may stand in a log: no name of a person. */
const namesOf = ({ alertId, sequence, ruleId }: BreathAlert) => ({ alertId, sequence, rule: ruleId });
