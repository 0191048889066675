import type { Person } from './person.js';
import { randomAt } from './random.js';
import type { NoiseKind } from './session-plan.js';

/** How loud a noise is over time, relative to its own average; any scale, since its level is set afterwards. */
export type Loudness = (second: number) => number;

const STEP_DECAY_SECONDS = 0.035;
const GUST_DB = 14;
const FLUTTER_DB = 6;
const SECONDS_PER_CAR = 7;

/** The course of one kind of noise, a pure function of the seed and the time. */
export function loudnessOf(kind: NoiseKind, person: Person, seed: number): Loudness {
  switch (kind) {
    case 'ambient':
      return () => 1;
    case 'movement':
      return steps(60 / person.stepsPerMinute, seed);
    case 'wind':
      return (second) => {
        const db = GUST_DB * wander(seed, 0.35 * second) + FLUTTER_DB * wander(seed + 1, 2.3 * second);
        return 10 ** (db / 20);
      };
    case 'traffic':
      return (second) => 0.25 + cars(seed, second);
    case 'appliance': {
      const beatHz = 0.7 + 2.5 * randomAt(seed, 1);
      const depth = 0.25 * randomAt(seed, 2);
      return (second) => 1 + depth * Math.sin(2 * Math.PI * beatHz * second);
    }
  }
}

function steps(stepSeconds: number, seed: number): Loudness {
  return (second) => {
    const weight = 0.7 + 0.6 * randomAt(seed, Math.floor(second / stepSeconds));
    return weight * Math.exp(-(second % stepSeconds) / STEP_DECAY_SECONDS);
  };
}

/** One car in each stretch of time, at its own moment, speed and distance; heard from the neighbours' stretches too. */
function cars(seed: number, second: number): number {
  const here = Math.floor(second / SECONDS_PER_CAR);
  let sum = 0;
  for (let n = here - 1; n <= here + 1; n++) {
    const passes = (n + randomAt(seed, n)) * SECONDS_PER_CAR;
    const seconds = 0.8 + 1.5 * randomAt(seed + 1, n);
    sum += randomAt(seed + 2, n) / (1 + ((second - passes) / seconds) ** 2);
  }
  return sum;
}

/** Smooth noise in [0, 1): a new random value at every whole number, a cosine between them. */
function wander(seed: number, x: number): number {
  const at = Math.floor(x);
  const blend = (1 - Math.cos(Math.PI * (x - at))) / 2;
  return randomAt(seed, at) * (1 - blend) + randomAt(seed, at + 1) * blend;
}

/** Root mean square of a loudness between two times, on a grid finer than anything that changes in it. */
export function loudnessLevel(loudness: Loudness, fromSecond: number, toSecond: number): number {
  const count = Math.max(1, Math.round((toSecond - fromSecond) / LEVEL_STEP_SECONDS));
  let sum = 0;
  for (let i = 0; i < count; i++) sum += loudness(fromSecond + ((i + 0.5) * (toSecond - fromSecond)) / count) ** 2;
  return Math.sqrt(sum / count);
}

const LEVEL_STEP_SECONDS = 0.005;
