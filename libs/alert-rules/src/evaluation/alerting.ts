import type { BreathEstimate, Decoded, Watermark } from '#libs/contracts';
import { DEFAULT_POOLING, type Intake, type PoolingOptions } from '#libs/pooling';
import type { RuleSet } from './rule-set.js';
import { SubjectAlerting, type SubjectAlertingSnapshot } from './subject-alerting.js';

/** What one partition of the estimates topic comes to; each is ready to be encoded. */
export type AlertingOutput = Decoded<'RateAggregate' | 'BreathEpisode' | 'BreathAlert'>;

export interface AlertingOptions {
  pooling?: Partial<PoolingOptions>;
  /** Whether aggregates and episodes are wanted beside alerts. @default true */
  publishesPooling?: boolean;
}

/** All that a new owner of the partition needs; plain JSON, person by person. */
export interface AlertingSnapshot {
  watermarkMs: number | null;
  subjects: Record<string, SubjectAlertingSnapshot>;
}

/** Who sent nothing for so long, in log time, is forgotten: longer than a baseline reaches back. */
const FORGOTTEN_AFTER_MS = 20 * 86_400_000;

/**
 * Pooling, fitness and rules of one partition of the estimates topic: a pure function of its records in their order.
 * However they are batched, repeated, or interrupted by a snapshot and a restore, the outputs are the same.
 */
export class Alerting {
  private readonly subjects = new Map<string, SubjectAlerting>();
  private readonly pooling: PoolingOptions;
  private watermarkMs = -Infinity;

  /** @param emit takes every output at once, in order */
  constructor(
    private set: RuleSet,
    private readonly emit: (output: AlertingOutput) => void,
    private readonly options: AlertingOptions = {},
  ) {
    this.pooling = { ...DEFAULT_POOLING, ...options.pooling };
  }

  /** Takes an estimate, and says whether it counted. */
  onEstimate(estimate: BreathEstimate): Intake {
    return this.subjectOf(estimate.subjectId).onEstimate(estimate);
  }

  /** Lets time pass for everyone; one that does not go forward is a repeat. */
  onWatermark({ processedThrough }: Watermark): void {
    if (processedThrough <= this.watermarkMs) return;
    this.watermarkMs = processedThrough;
    for (const [subjectId, subject] of this.subjects) {
      const silenceMs = subject.onWatermark(processedThrough);
      if (silenceMs <= FORGOTTEN_AFTER_MS) continue;
      subject.endAlerts(() => false, 'forgotten');
      this.subjects.delete(subjectId);
    }
  }

  /** Puts other rules in force from the next record on. Unchanged rules keep their state; alerts of others end. */
  changeRules(set: RuleSet): void {
    const keys = new Set(set.rules.map(({ key }) => key));
    for (const [subjectId, subject] of this.subjects) {
      subject.endAlerts((key) => keys.has(key), 'rule-changed');
      this.subjects.set(subjectId, this.create(subjectId, set, subject.snapshot()));
    }
    this.set = set;
  }

  get subjectCount(): number {
    return this.subjects.size;
  }

  snapshot(): AlertingSnapshot {
    const subjects = [...this.subjects].map(([subjectId, subject]) => [subjectId, subject.snapshot()]);
    return {
      watermarkMs: Number.isFinite(this.watermarkMs) ? this.watermarkMs : null,
      subjects: Object.fromEntries(subjects) as AlertingSnapshot['subjects'],
    };
  }

  /** Goes on from a snapshot, under the rules that were in force when it was taken. */
  static restore(
    snapshot: AlertingSnapshot,
    set: RuleSet,
    emit: (output: AlertingOutput) => void,
    options?: AlertingOptions,
  ): Alerting {
    const alerting = new Alerting(set, emit, options);
    alerting.watermarkMs = snapshot.watermarkMs ?? -Infinity;
    for (const [subjectId, subject] of Object.entries(snapshot.subjects)) {
      alerting.subjects.set(subjectId, alerting.create(subjectId, set, subject));
    }
    return alerting;
  }

  private subjectOf(subjectId: string): SubjectAlerting {
    const known = this.subjects.get(subjectId);
    if (known) return known;
    const created = this.create(subjectId, this.set);
    this.subjects.set(subjectId, created);
    return created;
  }

  private create(subjectId: string, set: RuleSet, snapshot?: SubjectAlertingSnapshot): SubjectAlerting {
    const publishesPooling = this.options.publishesPooling ?? true;
    return new SubjectAlerting(subjectId, set, this.emit, { pooling: this.pooling, publishesPooling }, snapshot);
  }
}
