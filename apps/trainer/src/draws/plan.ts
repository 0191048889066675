import { breathsWithin, type BreathCycle, type BreathRecording } from '../data/breath-data.js';
import type { NoiseClip } from '../data/noise-data.js';
import type { Recipe } from '../recipe/schema.js';
import { type Random, normal, pick, shuffled, uniform, weightedIndex } from './random.js';

/** A stretch of the recording, played at a speed, then a pause of the recording's own room tone. */
export interface Part {
  from: number;
  to: number;
  speed: number;
  gainDb: number;
  pauseSeconds: number;
}

export const partSeconds = ({ from, to, speed, pauseSeconds }: Part): number => (to - from) / speed + pauseSeconds;

export interface NoisePlan {
  /** Index of the clip. */
  clip: number;
  /** Where in the clip it begins, from 0 to 1. */
  offset: number;
  reversed: boolean;
  /** Played so many times as fast. */
  speed: number;
}

/** One training item before it becomes sound: all that was drawn, and so its labels. */
export interface ItemPlan {
  seconds: number;
  /** Absent: noise alone. */
  breath?: { recording: number; skipSeconds: number; parts: Part[] };
  /** Noise alone has an SNR of -Infinity, silence one of Infinity. */
  noise?: NoisePlan & { snrDb: number };
  /** Of noise alone, RMS in dB of full scale. */
  levelDb: number;
  gainDb: number;
  /** Breaths in the item, fractional. */
  breaths: number;
}

/** What the plans of one training are drawn from. */
export class Planner {
  private readonly weights: number[];
  /** Clips of each class. */
  private readonly breathFree: number[][];
  /** The same without silence, which masks nothing. */
  private readonly masking: number[][];

  constructor(
    private readonly recordings: readonly BreathRecording[],
    private readonly noise: readonly NoiseClip[],
    private readonly draws: Recipe['draws'],
  ) {
    let sum = 0;
    this.weights = recordings.map(({ segments }) => (sum += segments));
    const names = [...new Set(noise.map(({ noiseClass }) => noiseClass))].sort();
    this.breathFree = names.map((name) => [...noise.keys()].filter((i) => noise[i]?.noiseClass === name));
    this.masking = this.breathFree.filter(([first]) => noise[first as number]?.synthetic !== 'silent');
  }

  /** Draws one item. */
  plan(random: Random): ItemPlan {
    const { draws } = this;
    const seconds = uniform(random, ...draws.seconds);
    const levelDb = uniform(random, ...draws.noiseOnly.levelDb);
    if (random() < draws.noiseOnly.probability && this.breathFree.length > 0) {
      const noise = this.planNoise(random, this.breathFree, draws.noiseOnly.byClass);
      const silent = this.noise[noise.clip]?.synthetic === 'silent';
      return { seconds, noise: { ...noise, snrDb: silent ? Infinity : -Infinity }, levelDb, gainDb: 0, breaths: 0 };
    }
    const recording = weightedIndex(random, this.weights);
    const source = this.recordings[recording] as BreathRecording;
    const cycles = source.cycles.filter(
      ({ start, end, partial }) => !partial && end - start > draws.recombination.shortestCycle,
    );
    const recombine = random() < draws.recombination.probability && cycles.length > 1;
    const sound = recombine ? this.recombine(source, cycles, seconds, random) : this.cut(source, seconds, random);
    const noisy = random() < draws.noise.probability && this.masking.length > 0;
    const snrDb = uniform(random, ...draws.noise.snrDb);
    return {
      seconds: sound.seconds,
      breath: { recording, skipSeconds: sound.skipSeconds, parts: sound.parts },
      ...(noisy ? { noise: { ...this.planNoise(random, this.masking, draws.noise.byClass), snrDb } } : {}),
      levelDb,
      gainDb: uniform(random, ...draws.gainDb),
      breaths: sound.breaths,
    };
  }

  /** @param byClass share of draws that take a class first, so that classes of few clips are heard as often */
  private planNoise(random: Random, classes: readonly number[][], byClass: number): NoisePlan {
    const clip = pick(random, random() < byClass ? pick(random, classes) : classes.flat());
    const { reversed, speed } = this.draws.noise;
    return {
      clip,
      offset: random(),
      reversed: random() < reversed,
      speed: Math.exp(uniform(random, -1, 1) * Math.log(speed)),
    };
  }

  private drawSpeed(rrPerMinute: number, random: Random): number {
    const { probability, factors, compression, highestRate } = this.draws.speed;
    let speed = random() < probability ? pick(random, factors) : 1;
    if (random() < compression.probability) speed *= uniform(random, 1, compression.most);
    return Math.min(speed, Math.max(1, highestRate / rrPerMinute));
  }

  /** A stretch of the recording as it is, at one speed. */
  private cut(source: BreathRecording, wanted: number, random: Random) {
    const valid = source.validEnd - source.validStart;
    const [shortest] = this.draws.seconds;
    const speed = Math.min(this.drawSpeed(source.medianRrPerMinute, random), Math.max(1, valid / shortest));
    const seconds = Math.min(wanted, valid / speed);
    const from = uniform(random, source.validStart, source.validEnd - seconds * speed);
    const to = from + seconds * speed;
    const breaths = breathsWithin(source.cycles, from, to);
    return { seconds, skipSeconds: 0, parts: [{ from, to, speed, gainDb: 0, pauseSeconds: 0 }], breaths };
  }

  /** Whole cycles of the recording in a new sequence, beginning somewhere inside the first. */
  private recombine(source: BreathRecording, cycles: readonly BreathCycle[], seconds: number, random: Random) {
    const { recombination } = this.draws;
    const speed = this.drawSpeed(source.medianRrPerMinute, random);
    const ownSpeed = random() < recombination.ownSpeed;
    const pauses = random() < recombination.pauses;
    const start = Math.floor(random() * cycles.length);
    const inOrder = [...cycles.slice(start), ...cycles.slice(0, start)];
    const sequence = random() < recombination.shuffled ? shuffled(cycles, random) : inOrder;
    const parts: Part[] = [];
    let skipSeconds = 0;
    let total = 0;
    for (let at = 0; total < seconds; at++) {
      const { start: from, end: to } = sequence[at % sequence.length] as BreathCycle;
      const part: Part = {
        from,
        to,
        speed: speed * (ownSpeed ? Math.exp(uniform(random, -OWN_SPEED_SPREAD, OWN_SPEED_SPREAD)) : 1),
        gainDb: normal(random, recombination.gainDeviationDb),
        pauseSeconds: pauses
          ? (uniform(random, 0, recombination.longestPause) * (to - from)) / speed / TYPICAL_CYCLE
          : 0,
      };
      parts.push(part);
      total += partSeconds(part);
      if (at === 0) total -= skipSeconds = uniform(random, 0, partSeconds(part));
    }
    let breaths = 0;
    let position = -skipSeconds;
    for (const part of parts) {
      const end = position + partSeconds(part);
      breaths += (Math.min(seconds, end) - Math.max(0, position)) / partSeconds(part);
      position = end;
    }
    return { seconds, skipSeconds, parts, breaths };
  }
}

/** Largest change of a cycle's own speed, as a natural logarithm. */
const OWN_SPEED_SPREAD = 0.25;

/** Pauses are drawn for a cycle of so many seconds and scale with the cycle. */
const TYPICAL_CYCLE = 3;

/** The labels of an item; classes are 0 none, 1 normal, 2 heavy. */
export function labelsOf(plan: ItemPlan, labels: Recipe['labels']) {
  const rrPerMinute = (60 * plan.breaths) / plan.seconds;
  return {
    isBreath: plan.breath !== undefined,
    rrPerMinute,
    breaths: plan.breaths,
    breathClass: plan.breath === undefined ? 0 : rrPerMinute > labels.heavyTrainingThreshold ? 2 : 1,
    noisy: plan.noise !== undefined && plan.noise.snrDb < labels.noiseBelowSnrDb ? 1 : 0,
  };
}
