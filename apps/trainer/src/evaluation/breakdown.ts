import { blandAltman, concordance, groupBy, meanAbsoluteError } from '#libs/agreement';
import { z } from 'zod';
import type { Participant } from '../paper/segment-set.js';
import type { SegmentObservation } from './observe.js';
import { rounded } from './rounded.js';

/** How well a part of the clean segments was read. */
export const groupAgreementSchema = z.strictObject({
  group: z.string(),
  people: z.int(),
  segments: z.int(),
  /** Absent within a band of rates, whose narrow range makes it meaningless. */
  ccc: z.number().optional(),
  /** Breaths per minute, as are bias and limits. */
  mae: z.number(),
  /** Bland-Altman: mean of estimate - reference, and the 95 % limits of agreement, corrected for repeated measures. */
  bias: z.number(),
  lower: z.number(),
  upper: z.number(),
});
export type GroupAgreement = z.infer<typeof groupAgreementSchema>;

/** Upper ends of the bands of rates, per minute. */
const BAND_ENDS = [12, 20, 30, 45, Infinity] as const;
/** Upper ends of the age groups, years. */
const AGE_ENDS = [29, 44, Infinity] as const;
/** A group of fewer says more about them than about the group. */
const FEWEST_PEOPLE = 3;

/** What is compared: a segment, its reference and what was read. */
type ReadSegment = Pick<SegmentObservation, 'subjectId' | 'rrPerMinute' | 'clean'>;

/** All clean segments, then by reference rate, by sex and by age, where known. Groups of fewer than three people are left out. */
export function breakdown(
  segments: readonly ReadSegment[],
  participants: ReadonlyMap<string, Participant>,
): GroupAgreement[] {
  const by = (groupOf: (segment: ReadSegment) => string | undefined, withCcc = true): GroupAgreement[] =>
    [...groupBy(segments, groupOf)]
      .flatMap(([group, members]) => (group === undefined ? [] : [agreementOf(group, members, withCcc)]))
      .filter(({ people }) => people >= FEWEST_PEOPLE)
      .sort((a, b) => order(a.group) - order(b.group));
  return [
    agreementOf('all', segments, true),
    ...by(({ rrPerMinute }) => `${bandOf(rrPerMinute, BAND_ENDS)} /min`, false),
    ...by(({ subjectId }) => participants.get(subjectId)?.sex),
    ...by(({ subjectId }) => {
      const age = participants.get(subjectId)?.ageYears;
      return age === undefined ? undefined : `${bandOf(age, AGE_ENDS)} years`;
    }),
  ];
}

/** Bands begin with the number that they are sorted by; names stay in their order. */
const order = (group: string): number => Number(/\d+/.exec(group)?.[0] ?? 0) + (group.startsWith('to') ? 0 : 1);

function bandOf(value: number, ends: readonly number[]): string {
  const at = ends.findIndex((end) => value <= end);
  if (at === 0) return `to ${ends[0]}`;
  return ends[at] === Infinity ? `above ${ends[at - 1]}` : `${ends[at - 1]} to ${ends[at]}`;
}

function agreementOf(group: string, segments: readonly ReadSegment[], withCcc: boolean): GroupAgreement {
  const estimates = segments.map(({ clean }) => clean.rrPerMinute);
  const references = segments.map(({ rrPerMinute }) => rrPerMinute);
  const subjects = segments.map(({ subjectId }) => subjectId);
  const { bias, lower, upper } = blandAltman(estimates, references, subjects);
  return {
    group,
    people: new Set(subjects).size,
    segments: segments.length,
    ...(withCcc ? { ccc: rounded(concordance(estimates, references)) } : {}),
    mae: rounded(meanAbsoluteError(estimates, references)),
    bias: rounded(bias),
    lower: rounded(lower),
    upper: rounded(upper),
  };
}
