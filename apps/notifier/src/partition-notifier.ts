import { type BreathAlert, type Reject, decode, reject } from '#libs/contracts';
import {
  type DeliveryMarks,
  OpenAlerts,
  type TellingRules,
  decodeDeliveryMarks,
  encodeDeliveryMarks,
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
 * One partition of the alerts topic. Records are read on while deliveries are under way; the marks to commit stay behind
 * the oldest delivery that has not ended, receiver by receiver, and behind the beginning of the oldest alert that is
 * open. A new owner reads from there, remembers in silence who was told, and tells what each receiver was not told yet.
 */
export class PartitionNotifier implements PartitionHandler {
  readonly startAt: bigint | undefined;
  private readonly open: OpenAlerts;
  private readonly marks: DeliveryMarks | undefined;
  /** Of each receiver, offsets of the records whose delivery has not ended, in their order. */
  private readonly pending: ReadonlyMap<string, Set<bigint>>;
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
    this.pending = new Map([...deps.tellers.keys()].map((name) => [name, new Set<bigint>()]));
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

  /** Tells receivers again that alerts fire, where they want to hear it. */
  tick(): Promise<void> {
    if (!this.isCaughtUp) return Promise.resolve(); // what stands behind may be its end
    for (const { told, receivers } of this.open.values()) {
      for (const name of receivers) this.deps.tellers.get(name)?.remind(told, this.given.signal);
    }
    return Promise.resolve();
  }

  durableMark(): CommitMark | undefined {
    const { next } = this;
    if (next === undefined) return undefined;
    const done = new Map([...this.pending].map(([name, offsets]) => [name, this.doneBy(name, offsets, next)]));
    const low = [this.open.low ?? next, next, ...done.values()].reduce((least, at) => (at < least ? at : least));
    return { offset: low, metadata: encodeDeliveryMarks({ low, done }) };
  }

  /** The next owner delivers what did not end. */
  close(): void {
    this.given.abort();
    for (const gauge of [metrics.lag, metrics.openAlerts]) gauge.remove(this.labels);
  }

  private doneBy(receiver: string, [oldest]: Set<bigint>, next: bigint): bigint {
    if (oldest !== undefined) return oldest;
    const before = this.marks && this.doneBefore(receiver);
    return before !== undefined && before > next ? before : next;
  }

  /** Offset up to which an earlier owner delivered to it; one that is new hears of nothing that others were told of. */
  private doneBefore(receiver: string): bigint {
    const { done, low } = this.marks as DeliveryMarks;
    return done.get(receiver) ?? [...done.values()].reduce((most, at) => (at > most ? at : most), low);
  }

  private isNewsTo(receiver: string, { offset, appendTimeMs }: LogRecord): boolean {
    if (this.marks === undefined) return appendTimeMs >= this.openedAtMs - NEWS_FOR_MS;
    return offset >= this.doneBefore(receiver);
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
    if ('receivers' in telling) {
      for (const name of telling.receivers) if (this.isNewsTo(name, record)) this.tell(name, alert, record);
    } else if (isNews) {
      const { untold } = telling;
      metrics.untoldTotal.inc({ reason: untold });
      const lateMs = record.appendTimeMs - alert.at;
      if (untold === 'late') deps.logger.warn({ ...namesOf(alert), lateMs }, 'an alert came too late to tell anybody');
    }
  }

  private tell(receiver: string, alert: BreathAlert, record: LogRecord): void {
    const teller = this.deps.tellers.get(receiver);
    const pending = this.pending.get(receiver);
    if (teller === undefined || pending === undefined) return; // it was told by a configuration of before
    pending.add(record.offset);
    void teller
      .tell(alert, record.appendTimeMs, this.given.signal)
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
