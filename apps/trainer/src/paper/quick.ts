import { groupBy } from '#libs/agreement';
import type { PaperRecipe as PaperRecipeFile } from '../recipe/paper-schema.js';
import type { SegmentSet } from './segment-set.js';

/** So few that a whole campaign takes minutes, and enough that each part has people of both sexes. */
const QUICK = { people: 10, segmentsEach: 12, epochs: 2 };

/** The first people of a set by name, with their first segments. */
export function quickSet(set: SegmentSet): SegmentSet {
  const bySex = groupBy([...set.participants.values()].sort(byName), ({ sex }) => sex);
  const lines = [...bySex.values()];
  const inTurn = lines.flatMap((line, sex) => line.map((person, at) => ({ person, place: at * lines.length + sex })));
  const chosen = inTurn.sort((a, b) => a.place - b.place).slice(0, QUICK.people);
  const people = new Set(chosen.map(({ person }) => person.subjectId));
  const segments = [...groupBy(set.segments, ({ subjectId }) => subjectId)]
    .filter(([subjectId]) => people.has(subjectId))
    .flatMap(([, members]) => everyNth(members, QUICK.segmentsEach));
  return {
    ...set,
    segments,
    participants: new Map([...set.participants].filter(([subjectId]) => people.has(subjectId))),
    recordings: new Map([...set.recordings].filter(([, { subjectId }]) => people.has(subjectId))),
    pulses: set.pulses.filter(({ subjectId }) => people.has(subjectId)),
  };
}

export function quickRecipe(recipe: PaperRecipeFile): PaperRecipeFile {
  return { ...recipe, optimiser: { ...recipe.optimiser, epochs: QUICK.epochs } };
}

const byName = (a: { subjectId: string }, b: { subjectId: string }): number => (a.subjectId < b.subjectId ? -1 : 1);

/** So many of the items, from all over the list. */
function everyNth<Item>(items: readonly Item[], count: number): Item[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, at) => items[Math.floor(at * step)] as Item);
}
