import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squaredAmplitudes } from './energy-separation.js';

const RATE_HZ = 16_000;

function amplitudesOf(signal: Float64Array, lowest = 1e-9): Float64Array {
  const squares = new Float64Array(signal.length - 4);
  squaredAmplitudes(signal, lowest, squares);
  return squares.map(Math.sqrt);
}

describe('squaredAmplitudes', () => {
  it('finds the amplitude of any tone, at each of its samples', () => {
    const tones = fc.record({
      hz: fc.double({ min: 50, max: 7_500, noNaN: true }),
      amplitude: fc.double({ min: 1e-4, max: 1, noNaN: true }),
      phase: fc.double({ min: 0, max: 6.3, noNaN: true }),
    });
    fc.assert(
      fc.property(tones, ({ hz, amplitude, phase }) => {
        const tone = (n: number) => amplitude * Math.cos((2 * Math.PI * hz * n) / RATE_HZ + phase);
        for (const found of amplitudesOf(Float64Array.from({ length: 60 }, (_, n) => tone(n)))) {
          expect(found / amplitude).toBeCloseTo(1, 6);
        }
      }),
    );
  });

  it('follows the envelope of a modulated tone within 3 percent', () => {
    const envelope = (n: number) => 1 + 0.5 * Math.sin((2 * Math.PI * 20 * n) / RATE_HZ);
    for (const hz of [300, 1_000, 3_000, 6_000]) {
      const tone = Float64Array.from(
        { length: 1_600 },
        (_, n) => envelope(n) * Math.cos((2 * Math.PI * hz * n) / RATE_HZ),
      );
      amplitudesOf(tone).forEach((found, at) => expect(Math.abs(found / envelope(at + 2) - 1)).toBeLessThan(0.03));
    }
  });

  it('is never negative, no number or beyond what the lowest frequency allows, whatever the signal', () => {
    const signals = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(signals, (signal) => {
        const squares = new Float64Array(signal.length - 4);
        squaredAmplitudes(Float64Array.from(signal), 0.01, squares);
        squares.forEach((square) => {
          expect(square).toBeGreaterThanOrEqual(0);
          expect(square).toBeLessThanOrEqual(200); // E(x) <= 2, over 0.01
        });
      }),
    );
  });

  it('of silence is 0', () => {
    expect([...amplitudesOf(new Float64Array(10))]).toEqual(new Array(6).fill(0));
  });
});
