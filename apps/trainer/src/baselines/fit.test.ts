import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBreathData } from '../data/breath-data.js';
import { readNoiseData } from '../data/noise-data.js';
import { readSounds } from '../draws/sounds.js';
import { observeBaselines } from '../evaluation/observe-baselines.js';
import { writeTinyData } from '../testing/tiny.js';
import { fitBaselines } from './fit.js';
import { readFittedBaselines, writeFittedBaselines } from './fitted.js';
import { baselineTable } from './out-of-fold.js';

const folder = writeTinyData();
afterAll(() => rmSync(folder, { recursive: true }));
const breath = readBreathData(join(folder, 'breath'));
const sounds = readSounds(breath, readNoiseData(join(folder, 'noise')), 0.15);
const fitted = fitBaselines(sounds, breath.segments, 1);
const fault = (code: string) => expect.objectContaining({ code }) as Error;

describe('fitted baselines', () => {
  it('know the people they were fitted to, and keep within the data file what they say', () => {
    const file = join(folder, 'deep', 'fitted.json');
    writeFittedBaselines(file, fitted);
    const observed = observeBaselines(sounds, breath.segments, readFittedBaselines(file), 1);
    expect(observed).toHaveLength(12);
    for (const { rrPerMinute, baselines } of observed) {
      expect(Math.abs((baselines.kernelRidge as number) - rrPerMinute)).toBeLessThan(6);
      expect(Math.abs((baselines.peakCounting as number) - rrPerMinute)).toBeLessThan(6);
    }
    expect(observeBaselines(sounds, breath.segments, fitted, 1)).toEqual(observed);
  });

  it('are the same for the same seed and hear nobody who is held out', () => {
    expect(fitBaselines(sounds, breath.segments, 1)).toEqual(fitted);
    const recordings = sounds.recordings.filter(({ subjectId }) => subjectId !== 'cw95');
    const without = fitBaselines({ ...sounds, recordings }, breath.segments, 1);
    const others = breath.segments.filter(({ subjectId }) => subjectId !== 'cw95');
    expect(without).toEqual(fitBaselines({ ...sounds, recordings }, others, 1));
    expect(without.trainedOn).toMatchObject({ people: 5, segments: 10 });
  });

  it('become a table with a row per segment and condition', () => {
    const table = baselineTable(observeBaselines(sounds, breath.segments, fitted, 1))
      .trimEnd()
      .split('\n');
    expect(table[0]).toBe(
      'segment_id,recording_id,subject_id,snr_db,rr_bpm,autocorrelation,spectralPeak,peakCounting,kernelRidge',
    );
    expect(table).toHaveLength(1 + 12 * 5);
    expect(table[2]).toMatch(/^cw90_deep_s00,cw90_deep,cw90,20,15\.00(,\d+\.\d\d){4}$/);
  });

  it('that are missing or broken are refused by file', () => {
    const file = join(folder, 'broken.json');
    expect(() => readFittedBaselines(file)).toThrow(fault('FILE_NOT_FOUND'));
    writeFileSync(file, 'none');
    expect(() => readFittedBaselines(file)).toThrow(fault('MODEL_BROKEN'));
    writeFileSync(file, JSON.stringify({ ...fitted, peakCounting: {} }));
    expect(() => readFittedBaselines(file)).toThrow(/broken\.json: peakCounting\.slope/);
    const kernelRidge = { ...fitted.kernelRidge, weights: [1] };
    writeFileSync(file, JSON.stringify({ ...fitted, kernelRidge }));
    expect(() => readFittedBaselines(file)).toThrow(/bytes of landmarks for 1 weights/);
  });
});
