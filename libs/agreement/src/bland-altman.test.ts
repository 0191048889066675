import { describe, expect, it } from 'vitest';
import { blandAltman } from './bland-altman.js';

describe('limits of agreement', () => {
  it('with one measure per person are the ordinary ones', () => {
    const { bias, deviation, lower, upper } = blandAltman([1, 4, 3, 8], [0, 2, 3, 4], ['a', 'b', 'c', 'd']);
    const differences = [1, 2, 0, 4];
    const centre = 7 / 4;
    const expected = Math.sqrt(differences.reduce((sum, d) => sum + (d - centre) ** 2, 0) / 3);
    expect(bias).toBe(centre);
    expect(deviation).toBeCloseTo(expected, 12);
    expect([lower, upper]).toEqual([bias - 1.96 * deviation, bias + 1.96 * deviation]);
  });

  it('with repeated measures add the variance between people to that within', () => {
    // two people, two measures each: differences 0, 2 and 6, 8
    const { deviation } = blandAltman([0, 2, 6, 8], [0, 0, 0, 0], ['a', 'a', 'b', 'b']);
    const within = (1 + 1 + 1 + 1) / 2;
    const between = (2 * 9 + 2 * 9) / 1;
    expect(deviation).toBeCloseTo(Math.sqrt((between - within) / 2 + within), 12);
  });

  it('repeating every measure does not narrow them to those of a single person', () => {
    const once = blandAltman([1, 4, 3, 8], [0, 2, 3, 4], ['a', 'b', 'c', 'd']).deviation;
    const twice = blandAltman([1, 1, 4, 4, 3, 3, 8, 8], [0, 0, 2, 2, 3, 3, 4, 4], [...'aabbccdd']).deviation;
    expect(twice).toBeCloseTo(once, 12);
  });
});
