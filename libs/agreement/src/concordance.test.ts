import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concordance, meanAbsoluteError, meanSquaredError, pearson } from './concordance.js';
import { mean, variance } from './statistics.js';

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 30 });
const pairs = fc
  .array(fc.tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: -100, max: 100, noNaN: true })), {
    minLength: 3,
    maxLength: 30,
  })
  .map((rows) => ({ x: rows.map(([x]) => x), y: rows.map(([, y]) => y) }))
  .filter(({ x, y }) => variance(x) > 1e-3 && variance(y) > 1e-3);

describe('the concordance correlation coefficient', () => {
  it('is 2 r sx sy / (sx^2 + sy^2 + (mx - my)^2)', () => {
    fc.assert(
      fc.property(pairs, ({ x, y }) => {
        const closed =
          (2 * pearson(x, y) * Math.sqrt(variance(x) * variance(y))) /
          (variance(x) + variance(y) + (mean(x) - mean(y)) ** 2);
        expect(concordance(x, y)).toBeCloseTo(closed, 9);
      }),
    );
  });

  it('is 1 for a perfect match and falls with a shift that Pearson does not see', () => {
    const x = [1, 2, 3, 4];
    const shifted = x.map((value) => value + 2);
    expect(concordance(x, x)).toBeCloseTo(1, 12);
    expect(pearson(shifted, x)).toBeCloseTo(1, 12);
    expect(concordance(shifted, x)).toBeCloseTo((2 * 1.25) / (2.5 + 4), 12);
  });

  it('is symmetric, and never further from 0 than Pearson', () => {
    fc.assert(
      fc.property(pairs, ({ x, y }) => {
        expect(concordance(x, y)).toBeCloseTo(concordance(y, x), 9);
        expect(Math.abs(concordance(x, y))).toBeLessThanOrEqual(Math.abs(pearson(x, y)) + 1e-9);
      }),
    );
  });
});

describe('errors', () => {
  it('are those of the differences', () => {
    fc.assert(
      fc.property(values, fc.double({ min: -50, max: 50, noNaN: true }), (x, shift) => {
        const y = x.map((value) => value + shift);
        expect(meanAbsoluteError(x, y)).toBeCloseTo(Math.abs(shift), 9);
        expect(meanSquaredError(x, y)).toBeCloseTo(shift ** 2, 6);
      }),
    );
  });

  it('of lists of different lengths are refused', () => {
    expect(() => meanAbsoluteError([1, 2], [1])).toThrow(RangeError);
    expect(() => concordance([1, 2], [1])).toThrow(RangeError);
  });
});
