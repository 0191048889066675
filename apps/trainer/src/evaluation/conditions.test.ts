import { describe, expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import { powerOf } from '../draws/mix.js';
import { type ConditionObservations, observeConditions } from './conditions.js';
import { suppressNoise } from './suppress-noise.js';

const RATE_HZ = 16000;
const tone = (hz: number, amplitude: number, seconds = 4) =>
  Float32Array.from({ length: seconds * RATE_HZ }, (_, at) => amplitude * Math.sin((2 * Math.PI * hz * at) / RATE_HZ));

describe('the conditions', () => {
  it('hand the network what another device would have recorded', async () => {
    const high = tone(6000, 0.5);
    const sound = tone(1000, 0.5).map((sample, at) => sample + (high[at] as number));
    const heard: Float32Array[] = [];
    const prediction = { rrPerMinute: 20, rrStdDev: 2, pNone: 0, pNormal: 1, pHeavy: 0, pNoise: 0 };
    const segment = { segmentId: 's', recordingId: 'r', subjectId: 'p', start: 0, end: 4, rrPerMinute: 15 };
    const recording = { recordingId: 'r', samples: sound } as never;
    const observed: ConditionObservations = await observeConditions(
      (sounds) => {
        heard.push(...sounds);
        return Promise.resolve(sounds.map(() => prediction));
      },
      { recordings: [recording], noise: [] },
      [segment, { ...segment, recordingId: 'of another fold' }],
    );
    expect(Object.values(observed)).toEqual(Array(4).fill([{ rrPerMinute: 15, prediction }]));
    const [quiet, quieter, telephone] = heard as [Float32Array, Float32Array, Float32Array];
    expect(10 * Math.log10(powerOf(sound) / powerOf(quiet))).toBeCloseTo(20, 3);
    expect(10 * Math.log10(powerOf(sound) / powerOf(quieter))).toBeCloseTo(40, 3);
    expect(telephone.length).toBe(sound.length);
    expect(powerOf(telephone)).toBeCloseTo(0.125, 3); // the 1 kHz tone alone
  });

  it('suppress steady noise, keep what comes and goes, and change nothing in silence', () => {
    const random = seededRandom(1);
    const noise = Float32Array.from({ length: 4 * RATE_HZ }, () => 0.01 * (random() - 0.5));
    expect(10 * Math.log10(powerOf(noise) / powerOf(suppressNoise(noise)))).toBeGreaterThan(2);
    const breath = tone(1000, 0.5).fill(0, RATE_HZ, 3 * RATE_HZ);
    const cleaned = suppressNoise(breath.map((sample, at) => sample + (noise[at] as number)));
    expect(powerOf(cleaned) / powerOf(breath)).toBeCloseTo(1, 2);
    expect(powerOf(suppressNoise(new Float32Array(RATE_HZ)))).toBe(0);
  });
});
