import { describe, expect, it } from 'vitest';
import { dynamicWeights, focalScale, inverseFrequencies } from './schedule.js';

describe('dynamic weight averaging', () => {
  it('weighs everything alike in the first two epochs', () => {
    expect(dynamicWeights([], 4, 2)).toEqual([1, 1, 1, 1]);
    expect(dynamicWeights([[1, 2, 3, 4]], 4, 2)).toEqual([1, 1, 1, 1]);
  });

  it('is K times the softmax of the ratios of the last two epochs over the temperature', () => {
    const weights = dynamicWeights([[9, 9], [1, 2], [0.5, 1.8]], 2, 2); // prettier-ignore
    const [a, b] = [Math.exp(0.5 / 2), Math.exp(0.9 / 2)];
    expect(weights[0]).toBeCloseTo((2 * a) / (a + b), 12);
    expect(weights[1]).toBeCloseTo((2 * b) / (a + b), 12);
  });

  it('stays finite when a loss was next to nothing', () => {
    const weights = dynamicWeights([[0, 1], [1, 1]], 2, 2); // prettier-ignore
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(weights[0]).toBeCloseTo(2, 6);
  });
});

describe("the focal loss's alpha", () => {
  it('is left alone, or grows linearly over the epochs', () => {
    expect(focalScale('plain', 3, 30)).toBe(1);
    expect(focalScale('balance-oriented', 3, 30)).toBeCloseTo(0.1, 12);
    expect(focalScale('balance-oriented', 30, 30)).toBe(1);
  });
});

describe('class weights', () => {
  it('are proportional to 1 / frequency with mean 1 over the labels', () => {
    const labels = [0, 1, 1, 1, 2, 2];
    const weights = inverseFrequencies(labels, 3);
    expect(weights).toEqual([2, 2 / 3, 1]);
    expect(labels.reduce((sum, label) => sum + (weights[label] as number), 0) / labels.length).toBeCloseTo(1, 12);
    expect(inverseFrequencies([0, 0], 2)).toEqual([0.5, 1]);
  });
});
