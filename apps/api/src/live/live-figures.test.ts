import type { BreathEstimate } from '#libs/contracts';
import { expect, test } from 'vitest';
import { sampleEstimate } from '../../../../test/support/sample-estimate.js';
import { LiveFigures } from './live-figures.js';

const estimate = (sessionId: string, windowStart: number): BreathEstimate =>
  sampleEstimate('s', 0, windowStart, { sessionId });

test('figures follow what passed in the last fifteen seconds', () => {
  let now = 1_000_000;
  const figures = new LiveFigures(() => now);
  now += 60_000;
  for (let window = 0; window < 5; window++) {
    for (const session of ['x', 'y', 'z']) figures.addEstimate(estimate(session, now - 8_000), now);
    now += 3_000;
  }
  now -= 1;
  expect(figures.figures()).toEqual({
    streams: 3,
    windowsPerSecond: 1,
    lagSeconds: null,
    windowEndToEstimateSeconds: { median: 2, p95: 2 },
  });
  now += 20_000;
  expect(figures.figures()).toMatchObject({ streams: 0, windowsPerSecond: 0, windowEndToEstimateSeconds: null });
});

test('the lag is that of the partition furthest behind, and unknown once the estimator is silent', () => {
  let now = 1_000_000;
  const figures = new LiveFigures(() => now);
  figures.addWatermark(0, { processedThrough: now - 60_000, caughtUp: true }, now);
  expect(figures.figures().lagSeconds).toBe(0);
  figures.addWatermark(1, { processedThrough: now - 4_500, caughtUp: false }, now);
  expect(figures.figures().lagSeconds).toBe(4.5);
  now += 30_000;
  expect(figures.figures().lagSeconds).toBeNull();
});
