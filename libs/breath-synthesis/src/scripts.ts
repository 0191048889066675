import type { TrialStage } from '#libs/contracts';
import { Random, seedOf } from './random.js';
import type { Stage } from './session-plan.js';

/**
 * A session at rest, in exercise and in recovery, with what real ones have: stretches in which no breath is heard,
 * somebody speaks, or noise and steps sound beside the breath. Scaled to its length, so short runs see all of it.
 */
export function exerciseSession(seed: number, seconds: number): Stage[] {
  const random = new Random(seedOf(seed, 4));
  const effort = random.between(0.75, 1);
  const parts: [share: number, Stage][] = [
    [0.18, { ...rest('before'), effort: 0 }],
    [0.05, { ...rest('before'), effort: 0, heard: random.pick(['silence', 'speech']) }],
    [0.09, { ...rest('before'), effort: 0, noises: [{ kind: 'ambient', snrDb: random.between(8, 25) }] }],
    [0.1, { ...active(), effort: effort * 0.7 }],
    [0.18, { ...active(), effort, noises: [{ kind: 'movement', snrDb: random.between(5, 20) }] }],
    [0.1, { ...active(), effort }],
    [0.14, { ...rest('after'), effort: 0 }],
    [0.04, { ...rest('after'), effort: 0, heard: random.pick(['silence', 'speech']) }],
    [0.12, { ...rest('cooldown'), effort: 0 }],
  ];
  return parts.map(([share, stage]) => ({ ...stage, seconds: share * seconds }));
}

/** A quiet session at rest without anything else. */
export function restingSession(seconds: number): Stage[] {
  return [{ ...rest('none'), seconds, effort: 0 }];
}

const rest = (trialStage: TrialStage): Stage => ({
  seconds: 0,
  restState: 'rest',
  trialStage,
  effort: 0,
  heard: 'breath',
});
const active = (): Stage => ({ seconds: 0, restState: 'active', trialStage: 'during', effort: 1, heard: 'breath' });
