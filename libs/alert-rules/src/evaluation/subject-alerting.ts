import type { BreathAlert, BreathEstimate } from '#libs/contracts';
import {
  RecoveryTracker,
  type RecoveryTrackerSnapshot,
  RestDays,
  type RestDaysSnapshot,
  RestingFigures,
} from '#libs/fitness';
import {
  EpisodeDetector,
  type EpisodeDetectorSnapshot,
  type Intake,
  type PoolingOptions,
  RATE_STEPS_PER_UNIT,
  SpanAggregator,
  type SpanAggregatorSnapshot,
  SubjectIntake,
  type SubjectIntakeSnapshot,
  type WindowSample,
  toSample,
} from '#libs/pooling';
import type { AlertingOutput } from './alerting.js';
import type { RuleSet } from './rule-set.js';
import { type Instant, SubjectRules, type SubjectRulesSnapshot } from './subject-rules.js';

export interface SubjectAlertingSnapshot {
  intake: SubjectIntakeSnapshot;
  timeZone: string;
  aggregator?: SpanAggregatorSnapshot | undefined;
  episodes?: EpisodeDetectorSnapshot | undefined;
  days?: RestDaysSnapshot | undefined;
  recovery?: RecoveryTrackerSnapshot | undefined;
  rules: SubjectRulesSnapshot;
}

/** Everything about one person: what they sent, its spans and episodes, their days, and their rules. */
export class SubjectAlerting {
  private readonly intake: SubjectIntake;
  private readonly aggregator: SpanAggregator | undefined;
  private readonly episodes: EpisodeDetector | undefined;
  private readonly days: RestDays | undefined;
  private readonly recovery: RecoveryTracker | undefined;
  private readonly rules: SubjectRules;
  private readonly instant: Instant;

  constructor(
    subjectId: string,
    set: RuleSet,
    private readonly emit: (output: AlertingOutput) => void,
    private readonly options: { pooling: PoolingOptions; publishesPooling: boolean },
    from?: SubjectAlertingSnapshot,
  ) {
    const { pooling, publishesPooling } = options;
    this.intake = from ? SubjectIntake.restore(from.intake) : new SubjectIntake();
    const clockMs = this.intake.clockMs;
    if (publishesPooling) {
      this.episodes = from?.episodes
        ? EpisodeDetector.restore(subjectId, pooling, clockMs, from.episodes)
        : new EpisodeDetector(subjectId, pooling);
    }
    if (publishesPooling || set.needsDays) {
      this.aggregator = from?.aggregator
        ? SpanAggregator.restore(subjectId, pooling, from.aggregator)
        : new SpanAggregator(subjectId, pooling);
      this.days = from?.days ? RestDays.restore(from.days) : new RestDays();
    }
    if (publishesPooling || set.needsRecovery) {
      this.recovery = from?.recovery ? RecoveryTracker.restore(from.recovery) : new RecoveryTracker();
    }
    const sources = {
      figures: this.days && new RestingFigures(this.days),
      recovery: this.recovery,
      errorModel: pooling.errorModel,
    };
    const emitAlert = (value: BreathAlert) => emit({ record: 'BreathAlert', value });
    this.rules = new SubjectRules(subjectId, set, sources, emitAlert, from?.rules, clockMs);
    this.instant = {
      subjectId,
      modelVersion: this.intake.modelVersion,
      timeZone: from?.timeZone ?? 'UTC',
      nowMs: clockMs,
    };
  }

  onEstimate(estimate: BreathEstimate): Intake {
    const { intake, instant } = this;
    const intakeResult = intake.accept(estimate);
    if (intakeResult !== 'fresh') return intakeResult;
    const isNewVersion = instant.modelVersion !== estimate.modelVersion;
    instant.modelVersion = estimate.modelVersion;
    instant.timeZone = estimate.timeZone;
    instant.nowMs = intake.clockMs;
    const sample = toSample(estimate);
    this.recovery?.add(recoveryWindow(sample, estimate));
    this.aggregator?.add(sample, estimate);
    this.closeSpans();
    if (this.episodes) {
      for (const value of this.episodes.add(sample, estimate, instant.nowMs))
        this.emit({ record: 'BreathEpisode', value });
    }
    this.rules.onWindow(sample, estimate, isNewVersion, instant);
    return intakeResult;
  }

  /** @returns how long nothing came, in milliseconds of log time */
  onWatermark(processedThroughMs: number): number {
    const { instant } = this;
    const silenceMs = this.intake.advanceTo(processedThroughMs);
    instant.nowMs = this.intake.clockMs;
    this.closeSpans();
    if (this.episodes) {
      for (const value of this.episodes.advance(instant.nowMs)) this.emit({ record: 'BreathEpisode', value });
    }
    this.rules.onSilence(instant);
    return silenceMs;
  }

  endAlerts(stays: (key: string) => boolean, reason: string): void {
    this.rules.abandon(stays, reason, this.instant);
  }

  snapshot(): SubjectAlertingSnapshot {
    return {
      intake: this.intake.snapshot(),
      timeZone: this.instant.timeZone,
      aggregator: this.aggregator?.snapshot(),
      episodes: this.episodes?.snapshot(),
      days: this.days?.snapshot(),
      recovery: this.recovery?.snapshot(),
      rules: this.rules.snapshot(),
    };
  }

  private closeSpans(): void {
    const { nowMs } = this.instant;
    for (const value of this.aggregator?.advance(nowMs) ?? []) {
      this.days?.add(value);
      if (this.options.publishesPooling) this.emit({ record: 'RateAggregate', value });
    }
    this.recovery?.advance(nowMs);
  }
}

function recoveryWindow({ startMs, endMs, rateTenths }: WindowSample, { restState, stage }: BreathEstimate) {
  return { startMs, endMs, restState, stage, ratePerMinute: rateTenths < 0 ? null : rateTenths / RATE_STEPS_PER_UNIT };
}
