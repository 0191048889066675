import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prediction } from './engine.js';
import { qualityOf, toReading } from './reading.js';

const THRESHOLDS = { pNone: 0.5, pNoise: 0.5, relativeStdDev: 0.25, lowestRate: 6, highestRate: 120 };
const GOOD: Prediction = { rrPerMinute: 20, rrStdDev: 2, pNone: 0.1, pNormal: 0.8, pHeavy: 0.1, pNoise: 0.1 };

describe('qualityOf', () => {
  it.each<[string, Partial<Prediction>, string]>([
    ['a clear rate', {}, 'ok'],
    ['a clear rate in noise', { pNoise: 0.9 }, 'ok'],
    ['no breathing', { pNone: 0.5 }, 'not_heard'],
    ['no breathing in noise', { pNone: 0.9, pNoise: 0.9 }, 'noisy'],
    ['an uncertain rate', { rrStdDev: 5.1 }, 'low_confidence'],
    ['an uncertain rate in noise', { rrStdDev: 5.1, pNoise: 0.5 }, 'noisy'],
    ['a rate at the lower end', { rrPerMinute: 5.9, rrStdDev: 0.1 }, 'low_confidence'],
    ['a rate at the upper end', { rrPerMinute: 121 }, 'low_confidence'],
    ['a spread that is no number', { rrStdDev: Number.NaN }, 'low_confidence'],
    ['a rate that is no number', { rrPerMinute: Number.NaN }, 'low_confidence'],
  ])('says about %s (%o): %s', (_, change, expected) => {
    expect(qualityOf({ ...GOOD, ...change }, THRESHOLDS)).toBe(expected);
  });
});

describe('toReading', () => {
  const probability = fc.float({ min: 0, max: 1, noNaN: true });
  const predictions = fc.record({
    rrPerMinute: fc.float({ min: 5, max: 150, noNaN: true }),
    rrStdDev: fc.float({ min: 0, max: 60, noNaN: true }),
    pNone: probability,
    pNormal: probability,
    pHeavy: probability,
    pNoise: probability,
  });

  it('rounds to the published steps, at most half a step away', () => {
    fc.assert(
      fc.property(predictions, fc.double({ min: 4, max: 7, noNaN: true }), (prediction, seconds) => {
        const reading = toReading(prediction, seconds, THRESHOLDS);
        const check = (value: number, exact: number, steps: number) => {
          expect(value).toBe(Math.round(value * steps) / steps);
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(0.5 / steps + 1e-9);
        };
        check(reading.rrPerMinute, prediction.rrPerMinute, 10);
        check(reading.rrStdDev, prediction.rrStdDev, 10);
        check(reading.breathCount, (prediction.rrPerMinute * seconds) / 60, 100);
        for (const name of ['pNone', 'pNormal', 'pHeavy', 'pNoise'] as const) {
          check(reading[name], prediction[name], 255);
        }
      }),
    );
  });

  it('gives the same reading when it is rounded again', () => {
    fc.assert(
      fc.property(predictions, (prediction) => {
        const once = toReading(prediction, 6, THRESHOLDS);
        const twice = toReading(once, 6, THRESHOLDS);
        for (const name of ['rrPerMinute', 'rrStdDev', 'pNone', 'pNormal', 'pHeavy', 'pNoise'] as const) {
          expect(twice[name]).toBe(once[name]);
        }
      }),
    );
  });

  it('counts breaths as rate times duration', () => {
    expect(toReading(GOOD, 6, THRESHOLDS)).toMatchObject({ breathCount: 2, rrPerMinute: 20, quality: 'ok' });
  });
});
