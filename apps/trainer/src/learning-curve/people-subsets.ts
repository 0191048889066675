import { EupneaError } from '#libs/contracts';
import type { TrainingItem } from '../draws/item.js';
import { seededRandom, shuffled } from '../draws/random.js';
import type { Sounds } from '../draws/sounds.js';

/** The stream of a seed that orders people; no other work draws from it. */
const ORDER_STREAM = 6;

/**
 * Nested subsets: all people in one random order, and the first so many of it.
 * @param sizes in any order; the subsets come from the smallest to the largest
 * @throws EupneaError USAGE when there are fewer people than a size
 */
export function nestedSubsets(people: readonly string[], sizes: readonly number[], seed: number): Set<string>[] {
  const order = shuffled([...new Set(people)].sort(), seededRandom(seed, ORDER_STREAM));
  const tooMany = sizes.find((size) => size > order.length);
  if (tooMany !== undefined) {
    throw new EupneaError('USAGE', `--people ${tooMany}: ${order.length} are left beside those held out`);
  }
  return [...sizes].sort((a, b) => a - b).map((size) => new Set(order.slice(0, size)));
}

/** What these people alone give a training: their recordings, and all noise but that of people left out. */
export function soundsOfPeople({ recordings, noise }: Sounds, people: ReadonlySet<string>): Sounds {
  const leftOut = new Set(recordings.map(({ subjectId }) => subjectId).filter((subject) => !people.has(subject)));
  return {
    recordings: recordings.filter(({ subjectId }) => people.has(subjectId)),
    noise: noise.filter(({ subjectId }) => subjectId === undefined || !leftOut.has(subjectId)),
  };
}

/**
 * Drops items without breath until they have the share that they have of all items: with fewer people there are fewer
 * items with breath, and a curve over people must not be one over that share.
 * @param all what everybody's training may use; `some` is a part of it
 */
export function withShareOfBreath(some: readonly TrainingItem[], all: readonly TrainingItem[]): TrainingItem[] {
  const breathOf = (items: readonly TrainingItem[]) => items.filter(({ isBreath }) => isBreath).length;
  const ofAll = breathOf(all);
  let free = Math.round(((all.length - ofAll) * breathOf(some)) / ofAll);
  return some.filter(({ isBreath }) => isBreath || free-- > 0);
}
