import type { FittedBaselines } from '../baselines/fitted.js';
import { type BaselineRates, createBaselines } from '../baselines/rates.js';
import type { BreathSegment } from '../data/breath-data.js';
import { cut } from '../draws/mix.js';
import type { Sounds } from '../draws/sounds.js';
import { SNR_LEVELS, type SnrLevel, noisyCopies } from './noisy-copies.js';

export interface BaselineSegment extends BreathSegment {
  baselines: BaselineRates;
  /** Of the copies that a network is given too; absent without noise. */
  noisyBaselines?: Record<SnrLevel, BaselineRates>;
}

/** Runs the baselines alone over the segments of some people, and over the noisy copies that `observe` makes of them. */
export function observeBaselines(
  { recordings, noise }: Sounds,
  segments: readonly BreathSegment[],
  fitted: FittedBaselines | undefined,
  seed: number,
): BaselineSegment[] {
  const ratesOf = createBaselines(fitted);
  const samples = new Map(recordings.map((recording) => [recording.recordingId, recording.samples]));
  return segments.flatMap((segment) => {
    const sound = samples.get(segment.recordingId);
    if (sound === undefined) return [];
    const part = cut(sound, segment.start, segment.end);
    const baselines = ratesOf(part);
    if (noise.length === 0) return [{ ...segment, baselines }];
    const copies = noisyCopies(part, noise, seed, segment.segmentId);
    const levels = SNR_LEVELS.map((level, at) => [level, ratesOf(copies[at] as Float32Array)]);
    return [{ ...segment, baselines, noisyBaselines: Object.fromEntries(levels) as Record<SnrLevel, BaselineRates> }];
  });
}
