import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Participant, PeopleSplit } from '../paper/segment-set.js';
import { assertSplitFits, readSplit, splitPeople, writeSplit } from './people-split.js';

const peopleOf = (...sexes: Participant['sex'][]) => {
  const participants = new Map<string, Participant>();
  const recordings = new Map<string, { subjectId: string }>();
  sexes.forEach((sex, at) => {
    const subjectId = `p${at}`;
    participants.set(subjectId, { subjectId, ...(sex ? { sex } : {}) });
    for (const take of ['a', 'b']) recordings.set(`${subjectId}${take}`, { subjectId });
  });
  return { participants, recordings };
};
const anySex = fc.constantFrom<Participant['sex'][]>('female', 'male', undefined);

describe('a split of people', () => {
  it('holds everybody once, in parts near their shares, and nobody in two', () => {
    fc.assert(
      fc.property(fc.array(anySex, { minLength: 3, maxLength: 60 }), fc.nat(), (sexes, seed) => {
        const people = peopleOf(...sexes);
        const { train, validation, evaluation } = splitPeople(people, seed);
        expect([...train, ...validation, ...evaluation].sort()).toEqual([...people.participants.keys()].sort());
        for (const [part, share] of [
          [train, 0.6],
          [validation, 0.2],
          [evaluation, 0.2],
        ] as const) {
          expect(part.length).toBeGreaterThan(0);
          expect(Math.abs(part.length - share * sexes.length)).toBeLessThanOrEqual(1.5);
        }
      }),
    );
  });

  it('brings both sexes into the evaluation in about their share', () => {
    const people = peopleOf(...Array.from({ length: 21 }, (_, at) => (at % 2 ? 'male' : 'female')));
    for (let seed = 0; seed < 50; seed++) {
      const women = splitPeople(people, seed).evaluation.filter((name) => Number(name.slice(1)) % 2 === 0).length;
      expect(women).toBeGreaterThanOrEqual(1);
      expect(women).toBeLessThanOrEqual(3);
    }
  });

  it('is the same for the same seed whatever the order of the recordings, and another for another', () => {
    const people = peopleOf(...Array.from({ length: 12 }, () => 'male' as const));
    const reversed = { ...people, recordings: new Map([...people.recordings].reverse()) };
    expect(splitPeople(reversed, 7)).toEqual(splitPeople(people, 7));
    expect(splitPeople(people, 8).sha256).not.toBe(splitPeople(people, 7).sha256);
  });

  it('needs three people', () => {
    expect(() => splitPeople(peopleOf('male', 'female'), 1)).toThrow(
      expect.objectContaining({ code: 'DATA_INVALID' }) as Error,
    );
  });
});

describe('a written split', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'eupnea-split-'));
    file = join(folder, 'split.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const people = peopleOf('female', 'male', 'male', 'female', undefined);
  const rewrite = (edit: (split: PeopleSplit) => void) => {
    const split = JSON.parse(readFileSync(file, 'utf8')) as PeopleSplit;
    edit(split);
    writeFileSync(file, JSON.stringify(split));
  };

  it('is read as it was', () => {
    const split = splitPeople(people, 3);
    writeSplit(file, split);
    expect(readSplit(file)).toEqual(split);
  });

  it('with a person in two parts is refused by name, and so is one edited otherwise', () => {
    writeSplit(file, splitPeople(people, 3));
    const [evaluated] = readSplit(file).evaluation;
    rewrite((split) => (split.train = [...split.train, evaluated as string]));
    expect(() => readSplit(file)).toThrow(`'${evaluated}' is in two parts`);
    writeSplit(file, splitPeople(people, 3));
    rewrite((split) => (split.train = split.train.slice(1)));
    expect(() => readSplit(file)).toThrow(/do not match its sha256/);
    writeFileSync(file, '{');
    expect(() => readSplit(file)).toThrow(/no split of people/);
    expect(() => readSplit(join(folder, 'gone'))).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }) as Error);
  });

  it('must be of the people of the data', () => {
    const split = splitPeople(people, 3);
    expect(() => assertSplitFits(split, people)).not.toThrow();
    expect(() => assertSplitFits(split, peopleOf('female', 'male', 'male', 'female'))).toThrow(/'p4' of the split/);
    expect(() => assertSplitFits(split, peopleOf(...Array<undefined>(6).fill(undefined)))).toThrow(
      /'p5' has recordings and is in no part/,
    );
  });
});
