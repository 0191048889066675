import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delayBeforeNextTry, parseRetryAfter } from './retry.js';

const policy = { tries: 6, firstMs: 1_000, longestMs: 5_000 };

describe('the schedule of retries', () => {
  test('doubles up to the longest delay and ends after the last try', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((made) => delayBeforeNextTry(policy, made, 0.999_999));
    expect(delays.map((delay) => delay && Math.round(delay))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, undefined]);
  });

  test('leaves half of each delay to chance', () => {
    expect(delayBeforeNextTry(policy, 2, 0)).toBe(1_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (made, random) => {
          const delay = delayBeforeNextTry(policy, made, random) ?? NaN;
          const backoff = Math.min(1_000 * 2 ** (made - 1), 5_000);
          expect(delay).toBeGreaterThanOrEqual(backoff / 2);
          expect(delay).toBeLessThanOrEqual(backoff);
        },
      ),
    );
  });

  test('waits as long as the receiver asks, up to an hour, and not a try more', () => {
    expect(delayBeforeNextTry(policy, 1, 0.5, 7_000)).toBe(7_000);
    expect(delayBeforeNextTry(policy, 4, 0, 10)).toBe(2_500);
    expect(delayBeforeNextTry(policy, 1, 0, 86_400_000)).toBe(3_600_000);
    expect(delayBeforeNextTry(policy, 6, 0, 7_000)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-26T12:00:00Z');
  test.each([
    ['120', 120_000],
    ['0', 0],
    ['Thu, 26 Nov 2026 12:01:30 GMT', 90_000],
    ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    [undefined, 0],
  ])('%s asks for %i ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
