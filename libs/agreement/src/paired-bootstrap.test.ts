import { expect, it } from 'vitest';
import { pairedBootstrapByGroup } from './paired-bootstrap.js';
import { mean } from './statistics.js';

const meansOf = (first: number[], second: number[]) => (indices: readonly number[]) =>
  [mean(indices.map((i) => first[i] as number)), mean(indices.map((i) => second[i] as number))] as const;

it('is, for two groups and their four possible resamples, what one computes by hand', () => {
  const groups = ['p', 'p', 'q'];
  const first = [1, 3, 9];
  const second = [0, 0, 12];
  // drawing pp, pq, qp, qq: mean(first) - mean(second) is 2, 13/3 - 4 = 1/3, 1/3 and 9 - 12 = -3
  const numbers = [0, 0, 0, 0.5, 0.5, 0, 0.5, 0.5];
  const result = pairedBootstrapByGroup(groups, meansOf(first, second), () => numbers.shift() as number, {
    draws: 4,
    level: 0.5,
  });
  expect(result.difference).toBeCloseTo(1 / 3, 12);
  expect(result.lower).toBeCloseTo(-3 + 0.75 * (3 + 1 / 3), 12); // a quarter of the way through -3, 1/3, 1/3, 2
  expect(result.upper).toBeCloseTo(1 / 3 + 0.25 * (2 - 1 / 3), 12);
  expect(result.firstGreater).toBe(0.75);
});

it('counts equal resamples half, so that nothing is better than itself', () => {
  const values = [4, 8, 15, 16];
  const random = (seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const result = pairedBootstrapByGroup(['a', 'b', 'c', 'd'], meansOf(values, values), random(5), { draws: 40 });
  expect(result).toEqual({ difference: 0, lower: 0, upper: 0, firstGreater: 0.5 });
});

it('sees a small difference that all groups share, however much the groups differ', () => {
  const groups = Array.from({ length: 30 }, (_, i) => `person ${i % 10}`);
  const second = groups.map((name) => 10 * Number(name.slice(-1)));
  const first = second.map((value) => value + 0.5);
  const random = (seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const { lower, upper, firstGreater } = pairedBootstrapByGroup(groups, meansOf(first, second), random(3));
  expect(lower).toBeCloseTo(0.5, 9);
  expect(upper).toBeCloseTo(0.5, 9);
  expect(firstGreater).toBe(1);
});
