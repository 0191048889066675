import { groupBy } from '#libs/agreement';
import { EupneaError } from '#libs/contracts';
import { type Random, shuffled } from '../draws/random.js';
import type { NoiseClip } from './noise-data.js';

/** One part of the people, and of the noise clips, that a model is tested on and must never have seen. */
export interface Fold {
  subjects: Set<string>;
  noiseIds: Set<string>;
}

/**
 * Deals people into folds at random; a person's noise clips follow them, all others are dealt class by class.
 * @throws EupneaError DATA_INVALID when there are fewer people than folds
 */
export function dealFolds(
  subjects: readonly string[],
  noise: readonly NoiseClip[],
  count: number,
  random: Random,
): Fold[] {
  const people = [...new Set(subjects)].sort();
  if (people.length < count) {
    throw new EupneaError('DATA_INVALID', `${people.length} people cannot be dealt into ${count} folds`);
  }
  const folds = Array.from({ length: count }, (): Fold => ({ subjects: new Set(), noiseIds: new Set() }));
  shuffled(people, random).forEach((person, at) => folds[at % count]?.subjects.add(person));
  const strangers: NoiseClip[] = [];
  for (const clip of noise) {
    const home = folds.find(({ subjects: held }) => clip.subjectId !== undefined && held.has(clip.subjectId));
    if (home) home.noiseIds.add(clip.noiseId);
    else strangers.push(clip);
  }
  const classes = groupBy(strangers, ({ noiseClass }) => noiseClass);
  let next = 0;
  for (const name of [...classes.keys()].sort()) {
    const clips = shuffled(classes.get(name) as NoiseClip[], random);
    for (const { noiseId } of clips) folds[next++ % count]?.noiseIds.add(noiseId);
  }
  assertDisjoint(folds);
  return folds;
}

/**
 * The guard of every split: nobody, and no clip, is in two parts.
 * @throws EupneaError DATA_INVALID naming the first that is
 */
export function assertDisjoint(parts: readonly Pick<Fold, 'subjects' | 'noiseIds'>[]): void {
  for (const key of ['subjects', 'noiseIds'] as const) {
    const seen = new Set<string>();
    for (const part of parts) {
      for (const name of part[key]) {
        if (seen.has(name)) throw new EupneaError('DATA_INVALID', `'${name}' is in two parts of the split`);
        seen.add(name);
      }
    }
  }
}
