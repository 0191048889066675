import { expect, test } from 'vitest';
import { CheckpointPace } from './checkpoint-pace.js';

test('everybody is due once in each interval, evenly, however often it is asked', () => {
  const pace = new CheckpointPace(120_000);
  expect(pace.due(1_000, 0)).toBe(0);
  const due = Array.from({ length: 240 }, (_, n) => pace.due(1_000, (n + 1) * 500));
  expect(due.reduce((sum, count) => sum + count)).toBe(1_000);
  expect(Math.max(...due)).toBeLessThanOrEqual(5);
});

test('a pause makes nobody due twice, and a clock that goes back is no pause', () => {
  const pace = new CheckpointPace(120_000);
  pace.due(10, 1_000_000);
  expect(pace.due(10, 9_000_000)).toBe(10);
  expect(pace.due(10, 0)).toBe(0);
});
