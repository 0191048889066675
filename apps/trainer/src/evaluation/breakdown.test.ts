import { describe, expect, it } from 'vitest';
import type { Participant } from '../paper/segment-set.js';
import { breakdown } from './breakdown.js';
import type { SegmentObservation } from './observe.js';

const baselines = { spectralPeak: 0, autocorrelation: 0 } as SegmentObservation['baselines'];
const observation = (person: number, rrPerMinute: number, error: number): SegmentObservation => ({
  segmentId: 's',
  recordingId: 'r',
  subjectId: `p${person}`,
  rrPerMinute,
  clean: { rrPerMinute: rrPerMinute + error, rrStdDev: 1, pNone: 0, pNormal: 1, pHeavy: 0, pNoise: 0 },
  baselines,
});

/** Six people at 10, 15 and 50 /min; the women are read 1 /min high, the men 1 /min low. */
const people = new Map<string, Participant>();
const segments: SegmentObservation[] = [];
for (let person = 0; person < 6; person++) {
  const subjectId = `p${person}`;
  const sex = person % 2 === 0 ? 'female' : 'male';
  people.set(subjectId, { subjectId, ...(person < 5 ? { sex, ageYears: 20 + 10 * person } : {}) });
  for (const rate of [10, 15, 50]) segments.push(observation(person, rate, person % 2 === 0 ? 1 : -1));
}

describe('the breakdown of an evaluation', () => {
  const groups = breakdown(segments, people);
  const of = (name: string) => groups.find(({ group }) => group === name);

  it('begins with all, then bands of rates in their order, then who the people are', () => {
    expect(groups.map(({ group }) => group)).toEqual(['all', 'to 12 /min', '12 to 20 /min', 'above 45 /min', 'female']);
  });

  it('has bias, error and limits of each group', () => {
    expect(of('all')).toMatchObject({ people: 6, segments: 18, mae: 1, bias: 0 });
    expect(of('female')).toMatchObject({ people: 3, segments: 9, mae: 1, bias: 1, lower: 1, upper: 1 });
    expect(of('all')?.upper).toBeGreaterThan(1.9);
    expect(of('all')?.lower).toBeCloseTo(-(of('all')?.upper as number), 6);
  });

  it('gives a CCC to people, and none to a band of rates', () => {
    expect(of('female')?.ccc).toBeGreaterThan(0.99);
    expect(of('12 to 20 /min')).not.toHaveProperty('ccc');
  });
});
