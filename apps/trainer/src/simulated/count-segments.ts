import { type SessionPlan, audibleCycles, snrOf } from '#libs/breath-synthesis';
import type { LabelledSegment } from '../paper/segment-set.js';

/** A copy of augmentation at 20 dB or less is labelled noise (METHOD, "Augmentation"); so is a simulated segment. */
const NOISE_LABEL_SNR_DB = 20;

/**
 * Labels of one stretch as a listener counts it: cycles at least half inside of which a phase is heard, and noise where
 * it lasts through half of the stretch.
 * @param from seconds of the session
 */
export function countSegment(
  plan: SessionPlan,
  from: number,
  to: number,
): Pick<LabelledSegment, 'breaths' | 'rrPerMinute' | 'noisy'> {
  const inside = (start: number, seconds: number): number =>
    Math.max(0, Math.min(to, start + seconds) - Math.max(from, start));
  const breaths = audibleCycles(plan).filter(
    ({ startSecond, seconds }) => inside(startSecond, seconds) >= seconds / 2,
  ).length;
  const noisySeconds = plan.stages
    .filter((stage) => snrOf(stage) <= NOISE_LABEL_SNR_DB)
    .reduce((sum, { startSecond, seconds }) => sum + inside(startSecond, seconds), 0);
  return { breaths, rrPerMinute: (60 * breaths) / (to - from), noisy: noisySeconds >= (to - from) / 2 };
}
