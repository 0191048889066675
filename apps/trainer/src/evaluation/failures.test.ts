import { expect, test } from 'vitest';
import type { Prediction } from '#libs/breath-model';
import { worstRecordings } from './failures.js';

const thresholds = { pNone: 0.5, pNoise: 0.5, relativeStdDev: 0.25, lowestRate: 6, highestRate: 125 };
const said = (
  rrPerMinute: number,
  rrStdDev: number,
): { start: number; seconds: number; rrPerMinute: number; clean: Prediction } => ({
  ...{ start: 0, seconds: 6, rrPerMinute: 20 },
  clean: { rrPerMinute, rrStdDev, pNone: 0, pNormal: 1, pHeavy: 0, pNoise: 0 },
});

test('the recordings furthest off come first, with the share of their windows that was let through', () => {
  const recordings = [1, 30, 2, 9, 5, 3].map((error, at) => ({
    recordingId: `r${at}`,
    subjectId: 'p',
    rrPerMinute: 20,
    windows: [said(20 + error, 1), said(20 + error, 40), said(90, 1)],
  }));
  const worst = worstRecordings(recordings, thresholds);
  expect(worst.map(({ recordingId }) => recordingId)).toEqual(['r1', 'r3', 'r4', 'r5']);
  expect(worst[0]).toMatchObject({ predictedRrPerMinute: 50, picture: 'failure-1.png' });
  expect(worst[0]?.accepted).toBeCloseTo(2 / 3, 9);
});
