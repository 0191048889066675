import { expect, it } from 'vitest';
import { countPeaks } from './peak-counting.js';

it('a peak counts when it stands out of the higher of its two valleys', () => {
  const signal = [0, 5, 3, 4, 1, 6, 0]; // the 4 stands out by 1, the 5 by 4, the 6 by 6
  expect(countPeaks(signal, 1)).toBe(3);
  expect(countPeaks(signal, 1.1)).toBe(2);
  expect(countPeaks(signal, 5)).toBe(1);
  expect(countPeaks(signal, 6.1)).toBe(0);
});

it('a plateau is one peak, and the ends are none', () => {
  expect(countPeaks([0, 2, 2, 2, 0], 1)).toBe(1);
  expect(countPeaks([3, 2, 1, 2, 3], 1)).toBe(0);
  expect(countPeaks([0, 2, 2], 1)).toBe(0);
  expect(countPeaks([0, 2, 0, 2, 0], 2)).toBe(2);
});

it('a flat signal has no peak, whatever is asked of one', () => {
  expect(countPeaks([1, 1, 1, 1], 0)).toBe(0);
});
