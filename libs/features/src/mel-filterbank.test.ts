import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { referenceSound } from './testing/reference-sound.js';
import { framesIn } from './frame-grid.js';
import { MEL, MEL_BANDS, MelFilterbank, kaldiLog } from './mel-filterbank.js';

describe('MelFilterbank', () => {
  it.each(
    MEL_BANDS.flatMap((bands) => [
      { bands, precision: 'float32' as const, tolerance: 1e-4 },
      { bands, precision: 'float64' as const, tolerance: 1e-5 },
    ]),
  )('of $bands bands agrees with torchaudio in $precision, silence and quiet parts included', (example) => {
    const { bands, precision, tolerance } = example;
    const logMel = kaldiLog(new MelFilterbank(bands).frames(referenceSound()));
    expect(logMel.length).toBe(reference.frames * bands);
    let worst = 0;
    reference.rows.forEach((row, index) => {
      (reference.bands[bands][precision][index] as number[]).forEach((expected, band) => {
        worst = Math.max(worst, Math.abs((logMel[row * bands + band] as number) - expected));
      });
    });
    expect(worst).toBeLessThan(tolerance);
  });

  it('gives 498 frames for 5 s and 398 to 698 for 4 to 7 s', () => {
    expect([399, 400, 559, 560, 64_000, 80_000, 112_000].map((samples) => framesIn(samples, MEL))).toEqual([
      0, 1, 1, 2, 398, 498, 698,
    ]);
  });

  it('turns digital silence into exactly the floor', () => {
    const logMel = kaldiLog(new MelFilterbank().frames(new Float32Array(800)));
    expect(new Set(logMel)).toEqual(new Set([Math.fround(Math.log(MEL.logFloor))]));
    expect(logMel[0]).toBeCloseTo(-15.942, 3);
  });

  it('gives a frame the same bits wherever it lies and whatever came before', () => {
    const filterbank = new MelFilterbank();
    const frame = referenceSound().subarray(14_000, 14_400);
    const alone = new MelFilterbank().frames(frame);
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
    const energies = filterbank.frames(sound);
    const changed = filterbank.frames(sound.map((sample) => sample / 2 + 0.25));
    energies.forEach((energy, band) => expect((changed[band] as number) / energy).toBeCloseTo(0.25, 4));
  });
});
