import { expect, test } from 'vitest';
import { Timeline, pastSeconds } from './timeline.js';

test('faster than real time begins in the past, ends about now and never runs ahead', () => {
  let wall = 1_000_000;
  const timeline = new Timeline(10, pastSeconds(600, 10), () => wall);
  expect(timeline.nowMs()).toBe(1_000_000 - 540_000);
  wall += 30_000;
  expect(timeline.nowMs()).toBe(1_000_000 - 240_000);
  wall += 30_000;
  expect(timeline.nowMs()).toBe(wall);
  wall += 30_000;
  expect(timeline.nowMs()).toBe(wall);
});

test('in real time and slower it begins now', () => {
  expect(pastSeconds(600, 1)).toBe(0);
  expect(pastSeconds(600, 0.5)).toBe(0);
});
