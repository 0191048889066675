import type { RestState, TrialStage } from '#libs/contracts';
import type { Person } from './person.js';
import { Random, seedOf } from './random.js';

/** Rooms and streets; steps and rubbing cloth; gusts; cars that pass; motors of a household or a gym. */
export type NoiseKind = 'ambient' | 'movement' | 'wind' | 'traffic' | 'appliance';

export interface Noise {
  kind: NoiseKind;
  /** Of the breath's root mean square over the stage, pauses included. */
  snrDb: number;
}

/** One part of a session: what the person does, what is heard of the breath, and what sounds beside it. */
export interface Stage {
  seconds: number;
  restState: RestState;
  trialStage: TrialStage;
  /** 0 leads to the resting rate, 1 to the peak rate; between them in proportion. */
  effort: number;
  /** Whether breath is heard, or nothing is (taken off, held too far away), or speech is. */
  heard: 'breath' | 'silence' | 'speech';
  noises?: readonly Noise[];
}

/** A stretch of breath sound within a cycle. */
export interface BreathPhase {
  kind: 'inhale' | 'exhale';
  startSecond: number;
  seconds: number;
  /** Linear peak amplitude of the envelope, in full scale. */
  gain: number;
  through: 'nose' | 'mouth';
}

export interface Cycle {
  startSecond: number;
  seconds: number;
  inhale: BreathPhase;
  exhale: BreathPhase;
}

/** A session worked out to every breath: the sound and the truth both derive from it. */
export interface SessionPlan {
  person: Person;
  seed: number;
  seconds: number;
  stages: (Stage & { startSecond: number })[];
  /** Contiguous from before 0 to past the end. */
  cycles: Cycle[];
}

/** Above this rate no pauses are left between the phases. */
const NO_PAUSES_AT_RATE = 45;
const LOUDNESS_JITTER_DB = 1;
const SHORTEST_CYCLE_SECONDS = 0.4;
const SIGH_LONGER = [1.4, 2.2] as const;
const SIGH_LOUDER_DB = 5;

/** @param seed of the session: the same person breathes differently in each */
export function planSession(person: Person, stages: Stage[], seed: number): SessionPlan {
  let startSecond = 0;
  const placed = stages.map((stage) => {
    const from = startSecond;
    startSecond += stage.seconds;
    return { ...stage, startSecond: from };
  });
  return { person, seed, seconds: startSecond, stages: placed, cycles: breathe(person, placed, startSecond, seed) };
}

export function stageAt<T extends { startSecond: number }>(stages: readonly T[], second: number): T {
  return (stages.findLast((stage) => stage.startSecond <= second) ?? stages[0]) as T;
}

function breathe(person: Person, stages: SessionPlan['stages'], endSecond: number, seed: number): Cycle[] {
  const random = new Random(seedOf(person.seed, seed, 2));
  const cycles: Cycle[] = [];
  let rate = targetRate(person, stages[0]?.effort ?? 0);
  let at = -random.next() * (60 / rate);
  while (at < endSecond) {
    const sighs = person.sighShare > 0 && random.next() < person.sighShare;
    const stretch = sighs ? random.between(...SIGH_LONGER) : 1;
    const seconds = Math.max(SHORTEST_CYCLE_SECONDS, (60 / rate) * stretch * (1 + person.jitter * random.normal()));
    cycles.push(shapeCycle(person, at, seconds, rate, sighs ? SIGH_LOUDER_DB : 0, random));
    const target = targetRate(person, stageAt(stages, at).effort);
    const timeConstant = target > rate ? person.riseSeconds : person.recoverySeconds;
    rate = target + (rate - target) * Math.exp(-seconds / timeConstant);
    at += seconds;
  }
  return cycles;
}

function targetRate(person: Person, effort: number): number {
  return person.restingRatePerMinute + effort * (person.peakRatePerMinute - person.restingRatePerMinute);
}

function shapeCycle(
  person: Person,
  startSecond: number,
  seconds: number,
  rate: number,
  louderDb: number,
  random: Random,
): Cycle {
  const haste = Math.min(1, Math.max(0, (rate - 15) / (NO_PAUSES_AT_RATE - 15)));
  const sounding = person.inhaleShare + person.exhaleShare;
  const stretch = 1 + haste * (1 / sounding - 1);
  const inhaleSeconds = seconds * person.inhaleShare * stretch;
  const exhaleSeconds = seconds * person.exhaleShare * stretch;
  const pauseSeconds = seconds - inhaleSeconds - exhaleSeconds;
  const effort = (rate - person.restingRatePerMinute) / (person.peakRatePerMinute - person.restingRatePerMinute);
  const levelDb = person.levelDbfs + louderDb + person.effortDb * effort + LOUDNESS_JITTER_DB * random.normal();
  const phase = (kind: BreathPhase['kind'], from: number, length: number, overDb: number): BreathPhase => ({
    kind,
    startSecond: from,
    seconds: length,
    gain: 10 ** ((levelDb + overDb + LOUDNESS_JITTER_DB * random.normal()) / 20),
    through: effort < person.mouthFromEffort ? 'nose' : 'mouth',
  });
  return {
    startSecond,
    seconds,
    inhale: phase('inhale', startSecond, inhaleSeconds, 0),
    exhale: phase(
      'exhale',
      startSecond + inhaleSeconds + pauseSeconds * 0.35,
      exhaleSeconds,
      person.exhaleOverInhaleDb,
    ),
  };
}
