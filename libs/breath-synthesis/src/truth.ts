import type { RestState } from '#libs/contracts';
import type { Cycle, SessionPlan, Stage } from './session-plan.js';
import { stageAt } from './session-plan.js';

/** What was true in one stretch of a session; the fields of BreathTruth that the person decides. */
export interface Truth {
  startSecond: number;
  seconds: number;
  /** Cycles, each by the share of it that lies inside, per minute; 0 while no breath sounds. */
  rrPerMinute: number;
  breathing: boolean;
  /** 99 without added noise. */
  snrDb: number;
  restState: RestState;
}

const NO_NOISE_DB = 99;
const STRETCH_SECONDS = 5;

/** The session's truth in stretches of about 5 s (3 to 6 s unless a stage is shorter), none of which crosses stages. */
export function truthOf(plan: SessionPlan): Truth[] {
  return plan.stages.flatMap((stage) => {
    const count = Math.max(1, Math.round(stage.seconds / STRETCH_SECONDS));
    const seconds = stage.seconds / count;
    return Array.from({ length: count }, (_, i): Truth => {
      const startSecond = stage.startSecond + i * seconds;
      const breathing = stage.heard === 'breath';
      return {
        startSecond,
        seconds,
        breathing,
        rrPerMinute: breathing ? (60 * cyclesWithin(plan, startSecond, startSecond + seconds)) / seconds : 0,
        snrDb: snrOf(stage),
        restState: stage.restState,
      };
    });
  });
}

/** Of all noises of a stage together, in dB below the breath; 99 without any. */
export function snrOf({ noises = [] }: Pick<Stage, 'noises'>): number {
  if (noises.length === 0) return NO_NOISE_DB;
  return -10 * Math.log10(noises.reduce((sum, { snrDb }) => sum + 10 ** (-snrDb / 10), 0));
}

/** The cycles that a listener can count: those whose louder phase falls where breath is heard. */
export function audibleCycles(plan: SessionPlan): Cycle[] {
  return plan.cycles.filter(({ inhale, exhale }) => {
    const { startSecond, seconds } = exhale.gain > inhale.gain ? exhale : inhale;
    return stageAt(plan.stages, startSecond + seconds / 2).heard === 'breath';
  });
}

/** How many cycles lie between two times of a session; a cycle that is cut counts by the share inside. */
export function cyclesWithin(plan: SessionPlan, fromSecond: number, toSecond: number): number {
  let count = 0;
  for (const { startSecond, seconds } of plan.cycles) {
    const inside = Math.min(toSecond, startSecond + seconds) - Math.max(fromSecond, startSecond);
    if (inside > 0) count += inside / seconds;
  }
  return count;
}
