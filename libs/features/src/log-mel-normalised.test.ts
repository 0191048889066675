import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NetworkInput, createFrontEnd, levelWidth } from './front-end.js';
import { DEFAULT_FRONT_END } from './log-mel-normalised.js';

const BANDS = 40;
const frontEnd = createFrontEnd(DEFAULT_FRONT_END);

/** The formulas of METHOD written out, one bin at a time. */
function slowFrontEnd(energies: Float32Array, frames: number): NetworkInput {
  const steps = Math.floor(frames / 2);
  const features = new Float32Array(steps * BANDS);
  const means: number[] = [];
  const deviations: number[] = [];
  for (let band = 0; band < BANDS; band++) {
    const logs = Array.from({ length: frames }, (_, f) =>
      Math.log((energies[f * BANDS + band] as number) * 32_768 ** 2 + 10),
    );
    const x = Array.from({ length: steps }, (_, s) => ((logs[2 * s] as number) + (logs[2 * s + 1] as number)) / 2);
    const mean = x.reduce((a, b) => a + b, 0) / steps;
    const deviation = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / steps);
    x.forEach((value, s) => (features[s * BANDS + band] = (value - mean) / (deviation + 2)));
    means.push(mean);
    deviations.push(deviation);
  }
  const overall = means.reduce((a, b) => a + b, 0) / BANDS;
  const levels = Float32Array.from([...means.map((m) => (m - overall) / 3), ...deviations.map((d) => d - 1)]);
  return { features, frames: steps, levels };
}

const windows = fc
  .integer({ min: 2, max: 21 })
  .chain((frames) =>
    fc
      .array(fc.float({ min: 0, max: 100, noNaN: true }), { minLength: frames * BANDS, maxLength: frames * BANDS })
      .map((energies) => ({ frames, energies: Float32Array.from(energies) })),
  );

describe('the front end log-mel-normalised', () => {
  it('equals the formulas written out', () => {
    fc.assert(
      fc.property(windows, ({ frames, energies }) => {
        const fast = frontEnd.apply(energies, frames);
        const slow = slowFrontEnd(energies, frames);
        expect(fast.frames).toBe(slow.frames);
        fast.features.forEach((value, at) => expect(value).toBeCloseTo(slow.features[at] as number, 5));
        fast.levels.forEach((value, at) => expect(value).toBeCloseTo(slow.levels[at] as number, 5));
      }),
      { numRuns: 30 },
    );
  });

  it('gives zeros for a window that never changes, digital silence included', () => {
    const { features, levels } = frontEnd.apply(new Float32Array(598 * BANDS), 598);
    expect(features.length).toBe(299 * BANDS);
    // sums of equal numbers round, so zero up to the last bits of a double
    expect(Math.max(...features.map(Math.abs))).toBeLessThan(1e-12);
    expect([...levels.subarray(0, BANDS)].every((level) => Math.abs(level) < 1e-6)).toBe(true);
    expect([...levels.subarray(BANDS)].every((level) => Math.abs(level + 1) < 1e-6)).toBe(true);
  });

  it('hardly depends on the level of sound that is well above the floor', () => {
    const energies = Float32Array.from({ length: 20 * BANDS }, (_, i) => 1 + Math.sin(i) ** 2);
    const loud = frontEnd.apply(energies, 20);
    const quiet = frontEnd.apply(
      energies.map((energy) => energy / 100),
      20,
    );
    loud.features.forEach((value, at) => expect(quiet.features[at]).toBeCloseTo(value, 4));
  });

  it('can say how loud the window is, which the normalisation takes away', () => {
    const config = { ...DEFAULT_FRONT_END, loudness: { centre: 12, scale: 4 } };
    const energies = Float32Array.from({ length: 20 * BANDS }, (_, i) => 1 + Math.sin(i) ** 2);
    const plain = frontEnd.apply(energies, 20).levels;
    const { levels } = createFrontEnd(config).apply(energies, 20);
    expect(levels.length).toBe(levelWidth(config));
    expect(levels.subarray(0, 2 * BANDS)).toEqual(plain);
    const logs = Array.from(energies, (energy) => Math.log(energy * 32_768 ** 2 + 10));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    expect(levels[80]).toBeCloseTo((mean - 12) / 4, 5);
    const silent = createFrontEnd(config).apply(new Float32Array(20 * BANDS), 20).levels;
    expect(silent[80]).toBeCloseTo((Math.log(10) - 12) / 4, 5);
  });

  it('refuses a window without one whole step', () => {
    expect(() => frontEnd.apply(new Float32Array(BANDS), 1)).toThrow(RangeError);
    expect(() => frontEnd.apply(new Float32Array(BANDS), 4)).toThrow(RangeError);
  });
});
