import type { Prediction } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { describe, expect, it } from 'vitest';
import { pacedAgreement } from './paced.js';
import { windowsWithin } from './windows.js';

const grid = { windowSeconds: 6, hopSeconds: 3 };
const thresholds = { pNone: 0.5, pNoise: 0.5, relativeStdDev: 0.25, lowestRate: 6, highestRate: 125 };
const saying = (rrPerMinute: number, pNone = 0): Prediction => ({
  ...{ rrPerMinute, rrStdDev: 1, pNone, pNormal: 1 - pNone, pHeavy: 0, pNoise: 0 },
});

describe('windows', () => {
  it('cover a stretch, the last one shortened to its end', () => {
    expect(windowsWithin(1, 11.5, grid)).toEqual([
      { start: 1, end: 7 },
      { start: 4, end: 10 },
      { start: 7, end: 11.5 },
    ]);
    expect(windowsWithin(0, 4, grid)).toEqual([{ start: 0, end: 4 }]);
    expect(windowsWithin(0, 3.9, grid)).toEqual([]);
  });
});

describe('paced minutes', () => {
  const minutes = [8, 12, 20].map((pacedRrPerMinute) => ({
    pacedRrPerMinute,
    samples: new Float32Array(60 * ANALYSIS_RATE_HZ).fill(pacedRrPerMinute / 100),
  }));
  const beatOf = (sound: Float32Array): number => Math.round(100 * (sound[0] as number));

  it('are pooled by the median of all windows, so that a few misread ones cost nothing', async () => {
    const heard: number[] = [];
    const agreement = await pacedAgreement(
      (sounds) => {
        heard.push(...sounds.map(({ length }) => length / ANALYSIS_RATE_HZ));
        return Promise.resolve(sounds.map((sound, at) => (at < 4 ? saying(90, 1) : saying(beatOf(sound) + 2))));
      },
      minutes,
      grid,
      thresholds,
    );
    expect(heard).toHaveLength(3 * 19);
    expect(new Set(heard)).toEqual(new Set([6]));
    const spread = 224 / 9; // variance of 8, 12, 20
    const ccc = (2 * spread) / (2 * spread + 4);
    expect(agreement).toEqual({ n: 3, ccc: Number(ccc.toFixed(4)), mae: 2, accepted: Number((15 / 19).toFixed(4)) });
  });
});
