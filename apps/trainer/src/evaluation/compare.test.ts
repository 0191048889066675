import { describe, expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import { type Comparison, compareTables } from './compare.js';
import type { RateTable } from './rate-table.js';

/** Twelve people with four segments each. */
const segments = Array.from({ length: 48 }, (_, at) => ({
  segmentId: `s${at}`,
  subjectId: `p${at % 12}`,
  rrPerMinute: 10 + 3 * ((at * 7) % 12),
}));
/** Errs by so much, up for one person and down for the next. */
const tableErring = (name: string, ...errors: number[]): RateTable => ({
  name,
  segments,
  columns: {
    clean: errors.map((error) => segments.map(({ rrPerMinute }, at) => rrPerMinute + (at % 2 ? error : -error))),
  },
});
const compare = (a: RateTable, b: RateTable): Comparison => compareTables(a, b, () => seededRandom(1));

describe('a comparison', () => {
  it('finds the better one in both figures, with the same numbers and other signs the other way round', () => {
    const comparison = compare(tableErring('good', 1), tableErring('bad', 6));
    expect(comparison).toMatchObject({ a: 'good', b: 'bad', people: 12, segments: 48 });
    expect(Object.keys(comparison.columns)).toEqual(['clean']);
    const { ccc, mae } = comparison.columns.clean as NonNullable<Comparison['columns']['clean']>;
    expect(mae).toEqual({ a: 1, b: 6, difference: -5, lower: -5, upper: -5, aBetter: 1 });
    expect(ccc.lower).toBeGreaterThan(0);
    expect(ccc.difference).toBeCloseTo(ccc.a - ccc.b, 3);
    expect(ccc.aBetter).toBe(1);
    const turned = compare(tableErring('bad', 6), tableErring('good', 1)).columns.clean;
    expect(turned?.ccc).toMatchObject({ difference: -ccc.difference, lower: -ccc.upper, aBetter: 0 });
  });

  it('takes the mean of the figures of several seeds', () => {
    const { mae, ccc } = compare(tableErring('seeds', 1, 3), tableErring('one', 2)).columns.clean ?? {};
    expect(mae).toMatchObject({ a: 2, b: 2, difference: 0 });
    const alone = [1, 3].map((error) => compare(tableErring('one', error), tableErring('one', 2)).columns.clean?.ccc.a);
    expect(ccc?.a).toBeCloseTo(((alone[0] as number) + (alone[1] as number)) / 2, 3);
  });

  it('puts the segments of the second in the order of the first', () => {
    const a = tableErring('a', 2);
    const turned = { ...a, segments: [...segments].reverse(), columns: { clean: [[...(a.columns.clean?.[0] ?? [])].reverse()] } }; // prettier-ignore
    expect(compare(a, turned).columns.clean?.ccc).toMatchObject({ difference: 0, lower: 0, upper: 0, aBetter: 0.5 });
  });

  it.each<[string, (list: RateTable['segments']) => RateTable['segments'], RegExp]>([
    ['fewer', (list) => list.slice(1), /'s0' is in the first alone/],
    ['more', (list) => [...list, { ...list[0]!, segmentId: 'extra' }], /the second has 1 more/],
    ['other people', ([first, ...rest]) => [{ ...first!, subjectId: 'p9' }, ...rest], /'s0' has another person/],
    ['other references', ([first, ...rest]) => [{ ...first!, rrPerMinute: 9 }, ...rest], /'s0' has another person or/],
  ])('refuses %s', (_, change, message) => {
    const a = tableErring('a', 1);
    expect(() => compare(a, { ...a, segments: change(segments) })).toThrow(message);
  });
});
