import { expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import { atSpeed, envelopeOf } from './envelope.js';
import { peaksPerMinute } from './peak-counting.js';
import { unfittedRates } from './unfitted.js';

const RATE_HZ = 16_000;

/** Six seconds of noise that swells and fades once per breath. */
function breathing(ratePerMinute: number): Float32Array {
  const random = seededRandom(ratePerMinute);
  return Float32Array.from({ length: 6 * RATE_HZ }, (_, i) => {
    const phase = (2 * Math.PI * ratePerMinute * i) / RATE_HZ / 60;
    return 0.1 * (random() - 0.5) * (1.2 - Math.cos(phase));
  });
}

it.each([20, 30, 50])('all that need no fitting find a plain rhythm of %s /min', (rate) => {
  const envelope = envelopeOf(breathing(rate));
  const { spectralPeak, autocorrelation } = unfittedRates(envelope);
  expect(Math.abs(spectralPeak - rate)).toBeLessThan(0.1 * rate);
  expect(Math.abs(autocorrelation - rate)).toBeLessThan(0.1 * rate);
  expect(Math.abs(peaksPerMinute(envelope) - rate)).toBeLessThan(0.1 * rate);
});

it('an envelope at another speed has the rate times the speed, and at speed 1 is the same', () => {
  const envelope = envelopeOf(breathing(24));
  expect(atSpeed(envelope, 1)).toEqual(envelope);
  const faster = atSpeed(envelope, 1.5);
  expect(faster.amplitude).toHaveLength(Math.floor(envelope.amplitude.length / 1.5));
  expect(Math.abs(unfittedRates(faster).spectralPeak - 36)).toBeLessThan(3);
});
