import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { deltas } from './deltas.js';
import { MEL_BANDS, MelFilterbank, kaldiLog } from './mel-filterbank.js';
import { referenceSound } from './testing/reference-sound.js';

describe('deltas', () => {
  it.each(MEL_BANDS)('of %i log-mels agree with torchaudio, at the edges too', (bands) => {
    const slopes = deltas(kaldiLog(new MelFilterbank(bands).frames(referenceSound())), reference.frames, bands);
    let worst = 0;
    reference.rows.forEach((row, index) => {
      (reference.bands[bands].deltas[index] as number[]).forEach((expected, band) => {
        worst = Math.max(worst, Math.abs((slopes[row * bands + band] as number) - expected));
      });
    });
    expect(worst).toBeLessThan(1e-5);
  });

  it('of a straight line are its slope, two frames from the edges', () => {
    const line = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: -8, max: 8 }));
    fc.assert(
      fc.property(line, ([frames, slope]) => {
        const rows = Float32Array.from({ length: 2 * frames }, (_, at) => (at % 2) + slope * Math.floor(at / 2));
        deltas(rows, frames, 2).forEach((found, at) => {
          const frame = Math.floor(at / 2);
          if (frame >= 2 && frame < frames - 2) expect(found).toBeCloseTo(slope, 5);
          else expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(slope));
        });
      }),
    );
  });
});
