import { normal, seededRandom } from '../draws/random.js';
import type { PulseReading } from '../paper/segment-set.js';
import { EXERCISE } from './session.js';
import type { Trial } from './trials.js';

/** When the six readings are taken, in seconds of the session: before clips 1 and 2, before and after 3 and 4. */
const READ_AT = [0, 360, 420, 480, 540, 600] as const;
const READING_ERROR = 3;
const FORGOTTEN_SHARE = 0.03;

/** The pulse of a trial rises towards what the effort asks and falls back, each at the person's own pace. */
export function pulsesOf({ trialId, member, effort, unrested, seed }: Trial): PulseReading[] {
  if (!member.notesPulse) return [];
  const random = seededRandom(seed, 4);
  const range = member.peakPulse - member.restingPulse;
  const before = member.restingPulse + unrested * range;
  const asked = member.restingPulse + (0.35 + 0.65 * effort) * range;
  const risen = (seconds: number) => asked + (before - asked) * Math.exp(-seconds / member.pulseRiseSeconds);
  const peak = risen(EXERCISE.to - EXERCISE.from);
  const fallen = (seconds: number) =>
    member.restingPulse + (peak - member.restingPulse) * Math.exp(-seconds / member.pulseRecoverySeconds);
  const at = (second: number): number => {
    if (second <= EXERCISE.from) return before;
    return second <= EXERCISE.to ? risen(second - EXERCISE.from) : fallen(second - EXERCISE.to);
  };
  return READ_AT.flatMap((second, index) => {
    const beatsPerMinute = Math.round(at(second) + normal(random, READING_ERROR));
    const reading = {
      subjectId: member.subjectId,
      trialId,
      position: (index + 1) as PulseReading['position'],
      beatsPerMinute,
    };
    return random() < FORGOTTEN_SHARE ? [] : [reading];
  });
}
