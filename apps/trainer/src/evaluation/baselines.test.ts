import { expect, it } from 'vitest';
import { baselineRates } from './baselines.js';

it.each([15, 24, 40])('both find a plain rhythm of %s /min', (rate) => {
  const energies = Float32Array.from({ length: 598 * 40 }, (_, at) => {
    const seconds = Math.floor(at / 40) / 100;
    return (1.2 + Math.cos((2 * Math.PI * rate * seconds) / 60)) ** 2;
  });
  const { spectralPeak, autocorrelation } = baselineRates(energies);
  expect(Math.abs(spectralPeak - rate)).toBeLessThan(0.1 * rate);
  expect(Math.abs(autocorrelation - rate)).toBeLessThan(0.1 * rate);
});
