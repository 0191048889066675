import { concordance, mean, meanAbsoluteError, pairedBootstrapByGroup } from '#libs/agreement';
import { EupneaError } from '#libs/contracts';
import type { Random } from '../draws/random.js';
import { CONDITIONS, type Condition, type RateTable } from './rate-table.js';
import { rounded } from './rounded.js';

export interface Difference {
  a: number;
  b: number;
  /** a - b, with its 95 % interval over people. */
  difference: number;
  lower: number;
  upper: number;
  /** Share of the resamples in which A is better. */
  aBetter: number;
}

export interface Comparison {
  a: string;
  b: string;
  people: number;
  segments: number;
  columns: Partial<Record<Condition, { ccc: Difference; mae: Difference }>>;
}

const DRAWS = 2000;

/**
 * Agreement of A and of B with the references of the same segments, and the paired bootstrap over people of their
 * difference. Where a table holds several training seeds, a figure is the mean over its seeds.
 * @param random begins anew for every figure, so that all draw the same people
 * @throws EupneaError DATA_INVALID when the two are not about the same segments
 */
export function compareTables(a: RateTable, b: RateTable, random: () => Random): Comparison {
  const order = orderOf(a, b);
  const references = a.segments.map(({ rrPerMinute }) => rrPerMinute);
  const people = a.segments.map(({ subjectId }) => subjectId);
  const differenceOf = (
    [ofA, ofB]: readonly [number[][], number[][]],
    figure: typeof concordance,
    higherIsBetter: boolean,
  ): Difference => {
    const figureOf = (seeds: number[][], indices: readonly number[], drawn: number[]): number =>
      mean(seeds.map((rates) => figure(take(rates, indices), drawn)));
    const both = (indices: readonly number[]) => {
      const drawn = take(references, indices);
      return [figureOf(ofA, indices, drawn), figureOf(ofB, indices, drawn)] as const;
    };
    const [figureA, figureB] = both([...references.keys()]);
    const { difference, lower, upper, firstGreater } = pairedBootstrapByGroup(people, both, random(), { draws: DRAWS });
    return {
      a: rounded(figureA),
      b: rounded(figureB),
      difference: rounded(difference),
      lower: rounded(lower),
      upper: rounded(upper),
      aBetter: rounded(higherIsBetter ? firstGreater : 1 - firstGreater),
    };
  };
  const columns: Comparison['columns'] = {};
  for (const condition of CONDITIONS) {
    const ofA = a.columns[condition];
    const ofB = b.columns[condition]?.map((rates) => take(rates, order));
    if (ofA === undefined || ofB === undefined) continue;
    const rates = [ofA, ofB] as const;
    columns[condition] = {
      ccc: differenceOf(rates, concordance, true),
      mae: differenceOf(rates, meanAbsoluteError, false),
    };
  }
  return { a: a.name, b: b.name, people: new Set(people).size, segments: people.length, columns };
}

const take = (values: readonly number[], indices: readonly number[]): number[] =>
  indices.map((at) => values[at] as number);

/** Where A's segments stand in B. */
function orderOf(a: RateTable, b: RateTable): number[] {
  const places = new Map(b.segments.map(({ segmentId }, at) => [segmentId, at]));
  const order = a.segments.map(({ segmentId, subjectId, rrPerMinute }) => {
    const at = places.get(segmentId);
    const twin = at === undefined ? undefined : b.segments[at];
    if (at === undefined || twin === undefined) throw apart(a, b, `'${segmentId}' is in the first alone`);
    if (twin.subjectId !== subjectId || twin.rrPerMinute !== rrPerMinute) {
      throw apart(a, b, `'${segmentId}' has another person or reference in the second`);
    }
    return at;
  });
  if (b.segments.length > order.length) throw apart(a, b, `the second has ${b.segments.length - order.length} more`);
  return order;
}

function apart(a: RateTable, b: RateTable, what: string): EupneaError {
  return new EupneaError('DATA_INVALID', `${a.name} and ${b.name} are not about the same segments: ${what}`, {
    hint: 'Both must come from the same data.',
  });
}
