import { type NoiseKind, seedOf } from '#libs/breath-synthesis';
import { type Random, pick, seededRandom, shuffled, uniform, weightedIndex } from '../draws/random.js';
import type { CohortMember } from './cohort.js';
import { CLIP_STAGES, type ClipStage } from '../data/trial-tables.js';

/** A noise of a place, as loud as it is there whatever the breath does. */
export interface PlaceNoise {
  kind: NoiseKind;
  levelDbfs: number;
  /** In which clips it sounds. */
  stages: readonly ClipStage[];
}

export interface Trial {
  trialId: string;
  member: CohortMember;
  activity: string;
  environment: 'indoor' | 'outdoor';
  /** 0 to 1: what the exercise asks of this person. */
  effort: number;
  /** What a trial soon before it has left of its effort. */
  unrested: number;
  noises: PlaceNoise[];
  /** What was recorded; clips may be left out. */
  clips: ClipStage[];
  seed: number;
}

interface Activity {
  name: string;
  effort: readonly [number, number];
  steps: boolean;
}

const ACTIVITIES: Record<Trial['environment'], readonly Activity[]> = {
  indoor: [
    { name: 'HIIT', effort: [0.45, 1], steps: true },
    { name: 'calisthenics', effort: [0.2, 0.7], steps: false },
    { name: 'biking', effort: [0.25, 0.85], steps: false },
    { name: 'running', effort: [0.4, 1], steps: true },
    { name: 'walking', effort: [0.1, 0.4], steps: true },
  ],
  outdoor: [
    { name: 'running', effort: [0.4, 1], steps: true },
    { name: 'biking', effort: [0.25, 0.85], steps: false },
    { name: 'walking', effort: [0.1, 0.4], steps: true },
  ],
};

/** The paper's share of indoor samples. */
const INDOOR_SHARE = 0.6;
/** How many trials people make. */
const TRIALS_PER_PERSON = [1, 2, 3, 4] as const;
const TRIALS_RUNNING_SUMS = [0.2, 0.65, 0.9, 1];
const OPT_OUT: Record<ClipStage, number> = { before: 0.2, during: 0.15, after: 0.06, cooldown: 0.22 };
/** A second trial begins before the rest is over in this share. */
const UNRESTED_SHARE = 0.35;

/** The trials of a cohort, 60 % of them indoors, with what each person left out. */
export function trialsOf(cohort: readonly CohortMember[], seed: number): Trial[] {
  const random = seededRandom(seed, 2);
  const places = cohort.flatMap((member) => {
    const count = TRIALS_PER_PERSON[weightedIndex(random, TRIALS_RUNNING_SUMS)] as number;
    return Array.from({ length: count }, (_, at) => ({ member, at }));
  });
  const indoor = new Set(shuffled(places, random).slice(0, Math.round(places.length * INDOOR_SHARE)));
  return places.map((place): Trial => {
    const { member, at } = place;
    const environment = indoor.has(place) ? 'indoor' : 'outdoor';
    const { name, effort, steps } = pick(random, ACTIVITIES[environment]);
    const clips = CLIP_STAGES.filter((stage) => random() >= OPT_OUT[stage]);
    return {
      trialId: `${member.subjectId}_t${at + 1}`,
      member,
      activity: name,
      environment,
      effort: uniform(random, ...effort),
      unrested: at > 0 && random() < UNRESTED_SHARE ? uniform(random, 0.1, 0.3) : 0,
      noises: [
        ...(environment === 'indoor' ? indoorNoises(random) : outdoorNoises(random)),
        ...stepNoises(steps, random),
      ],
      clips: clips.length > 0 ? clips : ['after'],
      seed: seedOf(seed, member.person.seed, at),
    };
  });
}

/** Mostly quiet rooms; in some a machine runs, a treadmill or a bike only while it is used. */
function indoorNoises(random: Random): PlaceNoise[] {
  const room: PlaceNoise = { kind: 'ambient', levelDbfs: uniform(random, -92, -72), stages: CLIP_STAGES };
  if (random() > 0.3) return [room];
  const stages: readonly ClipStage[] = random() < 0.5 ? ['during'] : CLIP_STAGES;
  return [room, { kind: 'appliance', levelDbfs: uniform(random, -62, -40), stages }];
}

/** Streets and parks: cars, wind, both, and now and then neither. */
function outdoorNoises(random: Random): PlaceNoise[] {
  const noises: PlaceNoise[] = [{ kind: 'ambient', levelDbfs: uniform(random, -78, -58), stages: CLIP_STAGES }];
  const has = random();
  if (has < 0.45) noises.push({ kind: 'wind', levelDbfs: uniform(random, -62, -30), stages: CLIP_STAGES });
  if (has > 0.3 && has < 0.85)
    noises.push({ kind: 'traffic', levelDbfs: uniform(random, -66, -36), stages: CLIP_STAGES });
  return noises;
}

function stepNoises(steps: boolean, random: Random): PlaceNoise[] {
  const levelDbfs = uniform(random, -66, -38);
  return steps ? [{ kind: 'movement', levelDbfs, stages: ['during'] }] : [];
}
