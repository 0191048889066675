import type { Participant } from '../paper/segment-set.js';
import type { CsvRow } from './csv.js';

const SEXES: Record<string, 'female' | 'male'> = { female: 'female', f: 'female', male: 'male', m: 'male' };

/** Columns by which a layout says sex and age; either may be empty. */
export interface PersonColumns {
  sex: string;
  age: string;
}

/**
 * The person that a row is about, noted in `participants`. What the row leaves open stays open.
 * @throws EupneaError DATA_INVALID for an unknown word, an impossible age, or a contradiction to an earlier row
 */
export function noteParticipant(
  row: CsvRow,
  columns: PersonColumns,
  participants: Map<string, Participant>,
): Participant {
  const subjectId = row.text('subject_id');
  const word = row.optional(columns.sex);
  const sex = word === undefined ? undefined : SEXES[word.toLowerCase()];
  if (word !== undefined && sex === undefined) {
    throw row.fault(`'${columns.sex}' is '${word}'; it is female, male, F, M or empty`);
  }
  const ageYears = row.optional(columns.age) === undefined ? undefined : row.number(columns.age, { min: 0, max: 120 });
  const known = participants.get(subjectId);
  if (known === undefined) {
    const person = { subjectId, ...(sex ? { sex } : {}), ...(ageYears === undefined ? {} : { ageYears }) };
    participants.set(subjectId, person);
    return person;
  }
  if (known.sex !== sex) {
    throw row.fault(
      `'${subjectId}' is ${sex ?? 'of no named sex'} here and ${known.sex ?? 'of none'} in an earlier row`,
    );
  }
  return known;
}
