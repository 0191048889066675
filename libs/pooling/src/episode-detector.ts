import { type BreathEpisode, type BreathEstimate, type RestState, derivedId } from '#libs/contracts';
import { probabilityAbove } from './error-model.js';
import type { PoolingOptions } from './options.js';
import { mixed } from './rest-mix.js';
import { SlidingPool, type SlidingPoolSnapshot } from './sliding-pool.js';
import type { WindowSample } from './window-sample.js';

interface OpenEpisode {
  startMs: number;
  lastHeavyMs: number;
  lastJudgedMs: number;
  peak: number;
  rateSum: number;
  judgements: number;
  restState: RestState;
  /** Covered by accepted windows since the start; up to `coveredThroughMs`, and up to the last heavy judgement. */
  coveredMs: number;
  coveredThroughMs: number;
  coveredAtHeavyMs: number;
}

export interface EpisodeDetectorSnapshot {
  pool: SlidingPoolSnapshot;
  open: OpenEpisode | null;
  modelVersion: string;
}

/**
 * Heavy-breathing episodes of one person, from the rate pooled over the span that ends with each window; never from
 * the class head, whose "heavy" is another threshold. In silence an open episode ends where it last was heavy.
 */
export class EpisodeDetector {
  private pool: SlidingPool;
  private open: OpenEpisode | undefined;
  private modelVersion = '';

  constructor(
    private readonly subjectId: string,
    private readonly options: PoolingOptions,
  ) {
    this.pool = new SlidingPool(options.spanMs);
  }

  /** Takes a fresh window; the clock stands at or behind its end. */
  add(sample: WindowSample, { restState, modelVersion }: BreathEstimate, clockMs: number): BreathEpisode[] {
    const changes = this.advance(clockMs);
    if (modelVersion !== this.modelVersion) {
      if (this.open) changes.push(this.close(this.open));
      this.pool.clear(); // versions never pool
      this.modelVersion = modelVersion;
    }
    this.pool.add(sample);
    this.pool.advance(clockMs);
    if (this.open && sample.rateTenths >= 0) cover(this.open, sample);
    if (this.pool.coverage < this.options.minCoverage || this.pool.acceptedWindows === 0) return changes;
    return [...changes, ...this.judge(this.pool.ratePerMinute, restState, clockMs)];
  }

  /** Closes an open episode about which nothing was said for longer than the grace. */
  advance(clockMs: number): BreathEpisode[] {
    const { open } = this;
    return open && clockMs - open.lastJudgedMs > this.options.graceMs ? [this.close(open)] : [];
  }

  snapshot(): EpisodeDetectorSnapshot {
    return { pool: this.pool.snapshot(), open: this.open ? { ...this.open } : null, modelVersion: this.modelVersion };
  }

  static restore(
    subjectId: string,
    options: PoolingOptions,
    clockMs: number,
    snapshot: EpisodeDetectorSnapshot,
  ): EpisodeDetector {
    const detector = new EpisodeDetector(subjectId, options);
    detector.pool = SlidingPool.restore(options.spanMs, clockMs, snapshot.pool);
    detector.open = snapshot.open ? { ...snapshot.open } : undefined;
    detector.modelVersion = snapshot.modelVersion;
    return detector;
  }

  private judge(rate: number, restState: RestState, clockMs: number): BreathEpisode[] {
    const { heavyPerMinute, errorModel, openProbability, closeProbability } = this.options;
    const probability = probabilityAbove(heavyPerMinute, this.pool, errorModel);
    const { open } = this;
    if (open === undefined) {
      if (probability < openProbability) return [];
      this.open = opened(rate, restState, clockMs);
      return [this.record(this.open, 'open')];
    }
    open.lastJudgedMs = clockMs;
    if (probability < closeProbability) return [this.close(open)];
    open.lastHeavyMs = clockMs;
    open.coveredAtHeavyMs = open.coveredMs;
    open.peak = Math.max(open.peak, rate);
    open.rateSum += rate;
    open.judgements += 1;
    open.restState = mixed(open.restState, restState);
    return [];
  }

  private close(open: OpenEpisode): BreathEpisode {
    this.open = undefined;
    return this.record(open, 'closed');
  }

  private record(episode: OpenEpisode, state: 'open' | 'closed'): BreathEpisode {
    const lengthMs = episode.lastHeavyMs - episode.startMs;
    return {
      episodeId: derivedId('episode', this.subjectId, episode.startMs, this.modelVersion),
      subjectId: this.subjectId,
      state,
      start: episode.startMs,
      end: state === 'closed' ? episode.lastHeavyMs : null,
      peakPerMinute: episode.peak,
      meanPerMinute: episode.rateSum / episode.judgements,
      coverage: lengthMs > 0 ? Math.min(1, episode.coveredAtHeavyMs / lengthMs) : 0,
      restState: episode.restState,
      modelVersion: this.modelVersion,
    };
  }
}

function opened(rate: number, restState: RestState, clockMs: number): OpenEpisode {
  return {
    startMs: clockMs,
    lastHeavyMs: clockMs,
    lastJudgedMs: clockMs,
    peak: rate,
    rateSum: rate,
    judgements: 1,
    restState,
    coveredMs: 0,
    coveredThroughMs: clockMs,
    coveredAtHeavyMs: 0,
  };
}

/** Windows that come out of order add nothing before what is covered already. */
function cover(open: OpenEpisode, { startMs, endMs }: WindowSample): void {
  const gained = endMs - Math.max(startMs, open.coveredThroughMs);
  if (gained <= 0) return;
  open.coveredMs += gained;
  open.coveredThroughMs = endMs;
}
