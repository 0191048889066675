import { type SessionPlan, type Stage, breathLevel, planSession } from '#libs/breath-synthesis';
import { type Random, seededRandom, uniform } from '../draws/random.js';
import type { ClipStage } from '../data/trial-tables.js';
import type { Trial } from './trials.js';

/**
 * Where the clips of a trial begin, in seconds of its session: one minute of rest, six of exercise, three of recovery
 * (paper, Section II and Figure 1). "Minute 5", "6" and "8" count from the start of the exercise.
 */
export const CLIP_STARTS: Record<ClipStage, number> = { before: 0, during: 360, after: 420, cooldown: 540 };
export const CLIP_SECONDS = 60;
export const EXERCISE = { from: 60, to: 420 };

/** Chance that a stretch of a clip has no breath in it that could be heard: it is softest at rest. */
const INAUDIBLE: Record<ClipStage, number> = { before: 0.5, during: 0.15, after: 0.1, cooldown: 0.35 };
const INAUDIBLE_SECONDS = [6, 26] as const;
const TALK_CHANCE = 0.18;
const TALK_SECONDS = [3, 9] as const;
/** A noise that would drown the breath is kept just above: what nobody hears, nobody could have counted. */
const LOWEST_SNR_DB = -6;
/** Noise so far below the breath is left out. */
const HIGHEST_SNR_DB = 45;

/** The session behind a trial, worked out to every breath, with the noises of its place at their levels. */
export function sessionOf(trial: Trial): SessionPlan {
  const random = seededRandom(trial.seed, 3);
  const stages = [
    ...clipStages('before', trial, random),
    stageOf(EXERCISE.to - EXERCISE.from - CLIP_SECONDS, trial, 'during'),
    ...clipStages('during', trial, random),
    ...clipStages('after', trial, random),
    stageOf(CLIP_STARTS.cooldown - EXERCISE.to - CLIP_SECONDS, trial, 'after'),
    ...clipStages('cooldown', trial, random),
  ];
  const quiet = planSession(trial.member.person, stages, trial.seed);
  const noisy = quiet.stages.map((stage) => ({ ...stage, noises: noisesIn(stage, quiet, trial) }));
  return { ...quiet, stages: noisy };
}

function stageOf(
  seconds: number,
  { effort, unrested }: Trial,
  trialStage: ClipStage,
  heard: Stage['heard'] = 'breath',
): Stage {
  const active = trialStage === 'during';
  const rested = trialStage === 'before' ? unrested : 0;
  return { seconds, restState: active ? 'active' : 'rest', trialStage, effort: active ? effort : rested, heard };
}

/** The minute of a clip, cut where breath is not heard or something is said. */
function clipStages(name: ClipStage, trial: Trial, random: Random): Stage[] {
  const gaps: [Stage['heard'], number][] = [];
  if (random() < INAUDIBLE[name]) gaps.push(['silence', uniform(random, ...INAUDIBLE_SECONDS)]);
  if (random() < TALK_CHANCE) gaps.push(['speech', uniform(random, ...TALK_SECONDS)]);
  const breathing = CLIP_SECONDS - gaps.reduce((sum, [, seconds]) => sum + seconds, 0);
  const weights = Array.from({ length: gaps.length + 1 }, () => uniform(random, 0.2, 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.flatMap((weight, at) => {
    const stretch = stageOf((breathing * weight) / total, trial, name);
    const gap = gaps[at];
    return gap === undefined ? [stretch] : [stretch, stageOf(gap[1], trial, name, gap[0])];
  });
}

function noisesIn(
  stage: SessionPlan['stages'][number],
  plan: SessionPlan,
  { noises }: Trial,
): Stage['noises'] & object {
  const level = 20 * Math.log10(breathLevel(plan, stage));
  return noises
    .filter(({ stages }) => stages.includes(stage.trialStage as ClipStage))
    .map(({ kind, levelDbfs }) => ({ kind, snrDb: Math.max(LOWEST_SNR_DB, level - levelDbfs) }))
    .filter(({ snrDb }) => snrDb <= HIGHEST_SNR_DB);
}
