import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PowerSpectrum512 } from './fft.js';

function slowPower(frame: number[]): number[] {
  return Array.from({ length: 256 }, (_, k) => {
    let re = 0;
    let im = 0;
    frame.forEach((value, n) => {
      re += value * Math.cos((2 * Math.PI * k * n) / 512);
      im -= value * Math.sin((2 * Math.PI * k * n) / 512);
    });
    return re * re + im * im;
  });
}

describe('PowerSpectrum512', () => {
  it('equals the discrete Fourier transform written out', () => {
    const spectrum = new PowerSpectrum512();
    const frames = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 512, maxLength: 512 });
    fc.assert(
      fc.property(frames, (frame) => {
        spectrum.order.forEach((place, n) => {
          spectrum.real[place] = frame[2 * n] as number;
          spectrum.imaginary[place] = frame[2 * n + 1] as number;
        });
        spectrum.transform();
        slowPower(frame).forEach((expected, k) => expect(spectrum.power[k]).toBeCloseTo(expected, 8));
      }),
      { numRuns: 10 },
    );
  });
});
