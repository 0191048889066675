import { expect, it } from 'vitest';
import { bootstrapByGroup } from './bootstrap.js';
import { mean } from './statistics.js';

function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

it('the interval is as wide as the groups differ, not as the observations are many', () => {
  const groups = Array.from({ length: 400 }, (_, i) => `person ${i % 8}`);
  const values = groups.map((name) => Number(name.slice(-1)));
  const meanOf = (indices: readonly number[]) => mean(indices.map((i) => values[i] as number));
  const { lower, upper } = bootstrapByGroup(groups, meanOf, lehmer(7));
  const alone = bootstrapByGroup(
    values.map((_, i) => `${i}`),
    meanOf,
    lehmer(7),
  );
  expect(lower).toBeLessThan(3.5);
  expect(upper).toBeGreaterThan(3.5);
  expect(upper - lower).toBeGreaterThan(3 * (alone.upper - alone.lower));
});

it('the same seed gives the same interval', () => {
  const groups = ['a', 'a', 'b', 'c'];
  const run = () => bootstrapByGroup(groups, (indices) => mean(indices), lehmer(3), { draws: 50 });
  expect(run()).toEqual(run());
});
