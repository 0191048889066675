import type { RecoveryTracker, RestingFigures } from '#libs/fitness';
import { type ErrorModel, type SlidingPool, halfWidthOf } from '#libs/pooling';
import type { Rule } from '../language/rule-schema.js';
import { news2Score } from './news2.js';

/** A recovery is spoken of for so long after exertion ended. */
const RECOVERY_VALID_MS = 10 * 60_000;

/** What a person's signals are read from, beside the rule's pool. */
export interface SignalSources {
  figures: RestingFigures | undefined;
  recovery: RecoveryTracker | undefined;
  errorModel: ErrorModel;
}

/**
 * A rule's signal at an instant; undefined where nothing is known: too little of the span is covered, or there is no
 * such value (yet).
 */
export function readSignal(
  { signal, minCoverage }: Rule,
  pool: SlidingPool | undefined,
  { figures, recovery, errorModel }: SignalSources,
  nowMs: number,
): number | undefined {
  switch (signal.kind) {
    case 'coverage':
      return pool?.coverage;
    case 'received-share':
      return pool?.receivedShare;
    case 'probability':
      if (pool === undefined || pool.receivedWindows === 0 || pool.receivedShare < minCoverage) return undefined;
      return pool.meanProbability(signal.of);
    case 'rate':
    case 'heavy-share':
    case 'news2-score':
      if (pool === undefined || pool.acceptedWindows === 0 || pool.coverage < minCoverage) return undefined;
      return readRate(signal, pool, errorModel);
    case 'recovery':
      return readRecovery(recovery, nowMs);
    case 'resting-rate':
      return figures?.newestRate();
    case 'resting-baseline':
      return figures?.baseline()?.perMinute;
    case 'resting-rise':
      return figures?.rise();
    case 'slope':
      return figures?.slope(signal.days);
  }
}

function readRate(
  signal: Extract<Rule['signal'], { kind: 'rate' | 'heavy-share' | 'news2-score' }>,
  pool: SlidingPool,
  errorModel: ErrorModel,
): number | undefined {
  if (signal.kind === 'heavy-share') return pool.shareAbove(signal.above);
  const rate = pool.ratePerMinute;
  if (signal.kind === 'rate' && signal.bound === 'estimate') return rate;
  const half = halfWidthOf(pool, errorModel);
  if (signal.kind === 'news2-score') return news2Score(Math.max(0, rate - half), rate + half);
  return signal.bound === 'lower' ? Math.max(0, rate - half) : rate + half;
}

function readRecovery(recovery: RecoveryTracker | undefined, nowMs: number): number | undefined {
  const latest = recovery?.latest;
  if (latest === undefined || nowMs > latest.endedAtMs + RECOVERY_VALID_MS) return undefined;
  return latest.dRr60PerMinute ?? undefined;
}
