import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { MEL, MelFilterbank, framesIn, kaldiLog } from './mel-filterbank.js';

/** The same sound as reference/make-reference.py: a chirp, digital silence, quiet with DC, pulsing, very quiet, a tone. */
function referenceSound(): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length: 32_000 }, (_, n) => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    const noise = Math.floor(state / 65_536) / 65_536 - 0.5;
    const t = n / 16_000;
    return Math.round(soundAt(n, t, noise) * 32_767) / 32_768;
  });
}

function soundAt(n: number, t: number, noise: number): number {
  if (n < 4_000) return 0.3 * Math.sin(2 * Math.PI * (100 * t + 4000 * t * t)) + 0.2 * noise;
  if (n < 8_000) return 0;
  if (n < 14_000) return 0.002 * noise + 0.25;
  if (n < 20_000) return 0.9 * noise * Math.sin(2 * Math.PI * 3 * t) ** 2;
  if (n < 24_000) return 0.0001 * noise;
  return 0.2 * Math.sin(2 * Math.PI * 440 * t) + 0.02 * noise;
}

describe('MelFilterbank', () => {
  it.each([
    ['in float32', reference.float32, 1e-4],
    ['in float64', reference.float64, 1e-5],
  ])('agrees with torchaudio %s, silence and quiet parts included', (_, expectedRows, tolerance) => {
    const logMel = kaldiLog(new MelFilterbank().energies(referenceSound()));
    expect(logMel.length).toBe(reference.frames * MEL.bands);
    let worst = 0;
    reference.rows.forEach((row, index) => {
      (expectedRows[index] as number[]).forEach((expected, band) => {
        worst = Math.max(worst, Math.abs((logMel[row * MEL.bands + band] as number) - expected));
      });
    });
    expect(worst).toBeLessThan(tolerance);
  });

  it('gives 498 frames for 5 s and 398 to 698 for 4 to 7 s', () => {
    expect([399, 400, 559, 560, 64_000, 80_000, 112_000].map(framesIn)).toEqual([0, 1, 1, 2, 398, 498, 698]);
  });

  it('turns digital silence into exactly the floor', () => {
    const logMel = kaldiLog(new MelFilterbank().energies(new Float32Array(800)));
    expect(new Set(logMel)).toEqual(new Set([Math.fround(Math.log(MEL.logFloor))]));
    expect(logMel[0]).toBeCloseTo(-15.942, 3);
  });

  it('gives a frame the same bits wherever it lies and whatever came before', () => {
    const filterbank = new MelFilterbank();
    const frame = referenceSound().subarray(14_000, 14_400);
    const alone = new MelFilterbank().energies(frame);
    fc.assert(
      fc.property(fc.nat(500), fc.float({ min: -1, max: 1, noNaN: true }), (start, filler) => {
        const sound = new Float32Array(1_000).fill(filler);
        sound.set(frame, start);
        const row = new Float32Array(MEL.bands);
        filterbank.frameInto(sound, 0, row, 0);
        filterbank.frameInto(sound, start, row, 0);
        expect(row).toEqual(alone);
      }),
    );
  });

  it('ignores a constant offset and scales with the square of the level', () => {
    const filterbank = new MelFilterbank();
    const sound = referenceSound().subarray(26_000, 26_400);
    const energies = filterbank.energies(sound);
    const changed = filterbank.energies(sound.map((sample) => sample / 2 + 0.25));
    energies.forEach((energy, band) => expect((changed[band] as number) / energy).toBeCloseTo(0.25, 4));
  });
});
