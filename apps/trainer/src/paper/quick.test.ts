import { expect, it } from 'vitest';
import { madeUpSet } from '../testing/made-up-campaign.js';
import { quickSet } from './quick.js';
import type { LabelledSegment, SegmentSet } from './segment-set.js';

/** Thirty people, every third a woman, with forty segments each. */
function largeSet(): SegmentSet {
  const set = madeUpSet();
  const [segment] = set.segments as [LabelledSegment];
  const ids = Array.from({ length: 30 }, (_, at) => `p${String(at).padStart(2, '0')}`);
  return {
    ...set,
    participants: new Map(
      ids.map((subjectId, at) => [subjectId, { subjectId, sex: at % 3 === 0 ? 'female' : 'male' }]),
    ),
    segments: ids.flatMap((subjectId) =>
      Array.from({ length: 40 }, (_, at) => ({ ...segment, subjectId, segmentId: `${subjectId}-${at}` })),
    ),
  };
}

it('a quick run keeps few people of both sexes, and of each a few segments from all over', () => {
  const { participants, segments, recordings } = quickSet(largeSet());
  const sexes = [...participants.values()].map(({ sex }) => sex);
  expect(sexes.filter((sex) => sex === 'female')).toHaveLength(5);
  expect(sexes.filter((sex) => sex === 'male')).toHaveLength(5);
  expect(segments).toHaveLength(10 * 12);
  const places = segments
    .filter(({ subjectId }) => subjectId === 'p00')
    .map(({ segmentId }) => Number(segmentId.slice(4)));
  expect(new Set(places).size).toBe(12);
  expect(Math.max(...places)).toBeGreaterThan(35);
  expect([...recordings.values()].every(({ subjectId }) => participants.has(subjectId))).toBe(true);
});

it('a small set stays whole', () => {
  const set = madeUpSet();
  expect(quickSet(set)).toEqual(set);
});
