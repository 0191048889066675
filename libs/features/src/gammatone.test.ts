import { describe, expect, it } from 'vitest';
import { GammatoneFilter, gammatoneCentres } from './gammatone.js';

const RATE_HZ = 16_000;
const BANDWIDTH_ERBS = 1.019;
const erbHz = (hz: number): number => 24.7 + 0.107939 * hz;

/** The impulse response as Hohmann (2002) gives it, from the formula. */
function impulseResponse(centreHz: number, length: number): number[] {
  const p = Math.exp((-2 * Math.PI * BANDWIDTH_ERBS * erbHz(centreHz)) / RATE_HZ);
  return Array.from({ length }, (_, n) => {
    const choose = ((n + 1) * (n + 2) * (n + 3)) / 6;
    return 2 * (1 - p) ** 4 * choose * p ** n * Math.cos((2 * Math.PI * centreHz * n) / RATE_HZ);
  });
}

function filtered(centreHz: number, sound: Float64Array): Float64Array {
  const target = new Float64Array(sound.length);
  new GammatoneFilter(centreHz, RATE_HZ, BANDWIDTH_ERBS, sound.length).filterInto(sound, target);
  return target;
}

/** Half of the difference between highest and lowest value of the settled end. */
function gainAt(centreHz: number, hz: number): number {
  const tone = Float64Array.from({ length: 6_000 }, (_, n) => Math.cos((2 * Math.PI * hz * n) / RATE_HZ));
  const end = filtered(centreHz, tone).subarray(4_000);
  return (Math.max(...end) - Math.min(...end)) / 2;
}

describe('GammatoneFilter', () => {
  it.each([100, 440, 2_000, 7_000])('of %i Hz has the impulse response of the formula', (centreHz) => {
    const impulse = new Float64Array(1_200);
    impulse[0] = 1;
    const expected = impulseResponse(centreHz, 1_200);
    filtered(centreHz, impulse).forEach((value, n) => expect(value).toBeCloseTo(expected[n] as number, 12));
  });

  it('lets its centre through as it is, and is 3 dB down half a bandwidth away, as a gammatone of fourth order', () => {
    for (const centreHz of [300, 1_000, 4_000]) {
      // |1 + i d|^-4 = 0.707 at d = 0.435 of the stages' bandwidth
      const halfPower = 0.435 * BANDWIDTH_ERBS * erbHz(centreHz);
      expect(gainAt(centreHz, centreHz)).toBeCloseTo(1, 1);
      expect(gainAt(centreHz, centreHz + halfPower)).toBeCloseTo(Math.SQRT1_2, 1);
      expect(gainAt(centreHz, centreHz - halfPower)).toBeCloseTo(Math.SQRT1_2, 1);
      expect(gainAt(centreHz, centreHz * 2)).toBeLessThan(0.01);
    }
  });

  it('gives the end of a sound as it gives the whole', () => {
    const sound = Float64Array.from({ length: 900 }, (_, n) => Math.sin(n * n));
    const end = new Float64Array(100);
    new GammatoneFilter(500, RATE_HZ, BANDWIDTH_ERBS, 900).filterInto(sound, end);
    expect(end).toEqual(filtered(500, sound).subarray(800));
  });
});

describe('gammatoneCentres', () => {
  it('go from the lowest to the highest in equal steps of the ear’s bandwidth', () => {
    const centres = gammatoneCentres(40, 100, 7_000);
    expect(centres[0]).toBeCloseTo(100, 8);
    expect(centres[39]).toBeCloseTo(7_000, 8);
    const steps = centres.slice(1).map((hz, at) => {
      const below = centres[at] as number;
      return (hz - below) / erbHz((hz + below) / 2); // in bandwidths
    });
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(0.01);
  });
});
