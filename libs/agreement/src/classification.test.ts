import { describe, expect, it } from 'vitest';
import { f1, macroF1 } from './classification.js';

describe('F1', () => {
  it('is the harmonic mean of precision and recall', () => {
    const actual = [1, 1, 1, 1, 0, 0, 0, 0];
    const predicted = [1, 1, 1, 0, 1, 1, 0, 0];
    const [precision, recall] = [3 / 5, 3 / 4];
    expect(f1(predicted, actual, 1)).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
  });

  it('of a class that is neither there nor predicted is not a number, and macro F1 leaves it out', () => {
    expect(f1([0], [0], 1)).toBeNaN();
    expect(macroF1(['a', 'b'], ['a', 'b'], ['a', 'b', 'c'])).toBe(1);
  });

  it('gives every class the same weight in the macro mean', () => {
    const actual = ['a', 'a', 'a', 'b'];
    const predicted = ['a', 'a', 'a', 'a'];
    expect(macroF1(predicted, actual, ['a', 'b'])).toBeCloseTo((6 / 7 + 0) / 2, 12);
  });
});
