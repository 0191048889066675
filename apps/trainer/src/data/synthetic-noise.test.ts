import { median } from '#libs/agreement';
import { describe, expect, it } from 'vitest';
import { powerOf } from '../draws/mix.js';
import { syntheticNoise } from './synthetic-noise.js';

const FRAME = 1600; // 100 ms

function framePowers(samples: Float32Array): number[] {
  return Array.from({ length: Math.floor(samples.length / FRAME) }, (_, at) =>
    powerOf(samples.subarray(at * FRAME, (at + 1) * FRAME)),
  );
}

const clips = syntheticNoise(7, 1);
const clipOf = (kind: string) => clips.find(({ noiseClass }) => noiseClass === `synthetic_${kind}`)?.samples as Float32Array; // prettier-ignore
const bytes = (made: readonly { samples: Float32Array }[]) =>
  Buffer.concat(made.map(({ samples }) => Buffer.from(samples.buffer)));

describe('synthesised breath-free sound', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(bytes(syntheticNoise(7, 1)).equals(bytes(clips))).toBe(true);
    expect(bytes(syntheticNoise(8, 1)).equals(bytes(clips))).toBe(false);
  });

  it('is finite, and sounds unless it is silence', () => {
    for (const { samples, synthetic } of clips) {
      const power = powerOf(samples);
      expect(Number.isFinite(power)).toBe(true);
      if (synthetic === 'sounding') expect(power).toBeGreaterThan(1e-6);
      else expect(power).toBeLessThan(1e-8);
    }
  });

  it('comes in bursts where it is coughing, and steadily where it is a hiss', () => {
    const contrast = (samples: Float32Array) => Math.max(...framePowers(samples)) / median(framePowers(samples));
    expect(contrast(clipOf('cough'))).toBeGreaterThan(5);
    expect(contrast(clipOf('hiss'))).toBeLessThan(5);
  });
});
