import fc from 'fast-check';
import { expect, it } from 'vitest';
import { median, quantile, variance } from './statistics.js';

it('quantiles interpolate between neighbours (type 7)', () => {
  expect(quantile([4, 1, 3, 2], 0.25)).toBeCloseTo(1.75, 12);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeNaN();
});

it('quantiles rise with p and stay within the values', () => {
  const list = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(list, share, share, (values, p, q) => {
      const [low, high] = [quantile(values, Math.min(p, q)), quantile(values, Math.max(p, q))];
      expect(low).toBeLessThanOrEqual(high + 1e-9);
      expect(low).toBeGreaterThanOrEqual(Math.min(...values));
      expect(high).toBeLessThanOrEqual(Math.max(...values));
    }),
  );
});

it('the variance is the biased one', () => {
  expect(variance([1, 3])).toBe(1);
});
