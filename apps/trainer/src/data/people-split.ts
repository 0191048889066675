import { EupneaError } from '#libs/contracts';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { seededRandom, shuffled } from '../draws/random.js';
import type { Participant, PeopleSplit } from '../paper/segment-set.js';
import { dataFault } from './csv.js';
import { assertDisjoint } from './folds.js';

/** Ours: the paper says no more than "held out" (METHOD, "Data of the paper"). */
const SHARES = { train: 0.6, validation: 0.2, evaluation: 0.2 };
type Part = keyof typeof SHARES;
const PARTS: readonly Part[] = ['train', 'validation', 'evaluation'];

const splitSchema = z.strictObject({
  seed: z.number().int(),
  train: z.array(z.string()).min(1),
  validation: z.array(z.string()).min(1),
  evaluation: z.array(z.string()).min(1),
  sha256: z.string(),
});

/** What a split needs of a set: who recorded, and their sex, which is spread evenly over the parts. */
interface People {
  participants: ReadonlyMap<string, Participant>;
  recordings: ReadonlyMap<string, { subjectId: string }>;
}

/**
 * Deals the people who recorded into three parts: at random by the seed, both sexes in every part in about the share
 * that they have of all people, and everybody in one part. Each part holds at least one person.
 * @param shares of the people, relative to each other
 * @throws EupneaError DATA_INVALID with fewer than three people
 */
export function splitPeople(set: People, seed: number, shares: Readonly<Record<Part, number>> = SHARES): PeopleSplit {
  const people = [...new Set([...set.recordings.values()].map(({ subjectId }) => subjectId))].sort();
  if (people.length < PARTS.length)
    throw dataFault(`${people.length} people cannot be split into train, validation and evaluation`);
  const random = seededRandom(seed, 0x5b117);
  const line = (['female', 'male', undefined] as const).flatMap((sex) => {
    const group = shuffled(
      people.filter((person) => set.participants.get(person)?.sex === sex),
      random,
    );
    const shift = random();
    return group.map((person, at) => ({ person, place: (at + shift) / group.length }));
  });
  line.sort((a, b) => a.place - b.place || (a.person < b.person ? -1 : 1));
  const order = line.map(({ person }) => person);
  const total = shares.train + shares.validation + shares.evaluation;
  const size = (share: number): number => Math.max(1, Math.round((order.length * share) / total));
  const evaluation = order.slice(0, size(shares.evaluation));
  const validation = order.slice(
    evaluation.length,
    evaluation.length + Math.min(size(shares.validation), order.length - evaluation.length - 1),
  );
  const train = order.slice(evaluation.length + validation.length);
  return sealed({ seed, train, validation, evaluation });
}

function sealed({ seed, ...parts }: Omit<PeopleSplit, 'sha256'>): PeopleSplit {
  const sorted = {
    train: [...parts.train].sort(),
    validation: [...parts.validation].sort(),
    evaluation: [...parts.evaluation].sort(),
  };
  assertNobodyTwice(sorted);
  return { seed, ...sorted, sha256: hashOf(sorted) };
}

const hashOf = ({ train, validation, evaluation }: Pick<PeopleSplit, Part>): string =>
  createHash('sha256').update(JSON.stringify({ train, validation, evaluation })).digest('hex');

/**
 * The guard: nobody is in two parts.
 * @throws EupneaError DATA_INVALID naming the person
 */
function assertNobodyTwice(split: Pick<PeopleSplit, Part>): void {
  assertDisjoint(PARTS.map((part) => ({ subjects: new Set(split[part]), noiseIds: new Set<string>() })));
}

export function writeSplit(file: string, split: PeopleSplit): void {
  writeFileSync(file, `${JSON.stringify(split, null, 2)}\n`);
}

/**
 * Reads what writeSplit wrote.
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID when a person is in two parts, the file was edited, or is no split
 */
export function readSplit(file: string): PeopleSplit {
  if (!existsSync(file)) throw new EupneaError('FILE_NOT_FOUND', `there is no ${file}`);
  let split: PeopleSplit;
  try {
    split = splitSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new EupneaError('DATA_INVALID', `${file}: no split of people`, { hint: WRITE_ANEW, cause: error });
  }
  assertNobodyTwice(split);
  if (hashOf(split) !== split.sha256) {
    throw new EupneaError('DATA_INVALID', `${file}: its parts do not match its sha256`, { hint: WRITE_ANEW });
  }
  return split;
}

const WRITE_ANEW = 'Write it anew: npm run trainer -- prepare --split FOLDER';

/**
 * The split must be of these very people.
 * @throws EupneaError DATA_INVALID naming somebody whom only one of both knows
 */
export function assertSplitFits(split: PeopleSplit, { recordings }: Pick<People, 'recordings'>): void {
  const people = new Set([...recordings.values()].map(({ subjectId }) => subjectId));
  const dealt = new Set(PARTS.flatMap((part) => split[part]));
  for (const person of dealt) {
    if (!people.has(person)) throw dataFault(`'${person}' of the split has no recordings`);
  }
  for (const person of people) {
    if (!dealt.has(person)) throw dataFault(`'${person}' has recordings and is in no part of the split`);
  }
}
