import { describe, expect, it } from 'vitest';
import { powerOf } from '../draws/mix.js';
import { seededRandom } from '../draws/random.js';
import { paperRecipe, randomExample, tinySegmentSet, tinySplit } from '../testing/tiny-segments.js';
import { noisyCopies } from './augmentation.js';
import { bucketed } from './batches.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { type Example, breathClassOf, prepareExamples } from './examples.js';
import type { LabelledSegment, SegmentRecording } from './segment-set.js';
import { standardise, statisticsOf } from './standardisation.js';

const set = tinySegmentSet();
const augmentation = { snrDb: [[10, 20], [20, 30], [30, 40]] as [number, number][], noisyAtDb: 20 }; // prettier-ignore

describe('the breath class', () => {
  it('is none without a breath, heavy above the threshold, else normal, slower than 5 /min too', () => {
    const segment = (breaths: number, rrPerMinute: number) => ({ breaths, rrPerMinute }) as LabelledSegment;
    expect(breathClassOf(segment(0, 0), 30)).toBe('none');
    expect(breathClassOf(segment(1, 4), 30)).toBe('normal');
    expect(breathClassOf(segment(3, 30), 30)).toBe('normal');
    expect(breathClassOf(segment(4, 30.1), 30)).toBe('heavy');
  });
});

describe('augmentation', () => {
  const segment = set.segments[0] as LabelledSegment;
  const recording = set.recordings.get('r0') as SegmentRecording;
  const samples = recording.samples.subarray(0, 8_000);
  const context = { segment, recording, noise: set.noise, augmentation, seed: 1 };

  it('makes a copy per band, at an SNR of that band, and calls those at 20 dB or less noisy', () => {
    const copies = noisyCopies(samples, context);
    expect(copies).toHaveLength(3);
    copies.forEach((copy, band) => {
      const noise = copy.samples.map((sample, i) => sample - (samples[i] as number));
      const snrDb = 10 * Math.log10(powerOf(samples) / powerOf(noise));
      expect(snrDb).toBeGreaterThanOrEqual(10 * (band + 1) - 0.01);
      expect(snrDb).toBeLessThanOrEqual(10 * (band + 2) + 0.01);
      expect(copy.noisy).toBe(snrDb <= 20);
    });
    expect(noisyCopies(samples, context)).toEqual(copies);
    expect(noisyCopies(samples, { ...context, seed: 2 })).not.toEqual(copies);
  });

  it('leaves outdoor recordings alone, and everything where there is no noise', () => {
    expect(noisyCopies(samples, { ...context, recording: set.recordings.get('r1') as SegmentRecording })).toEqual([]);
    expect(noisyCopies(samples, { ...context, noise: [] })).toEqual([]);
    expect(noisyCopies(samples, { ...context, augmentation: 'none' })).toEqual([]);
  });

  it('touches the training part alone', () => {
    const plain = prepareExamples(set, tinySplit, paperRecipe(), 1);
    const augmented = prepareExamples(set, tinySplit, { ...paperRecipe(), augmentation }, 1);
    expect(augmented.train.length).toBe(plain.train.length + 3 * 8); // of four people two are indoors
    expect(augmented.validation.length).toBe(plain.validation.length);
    expect(augmented.evaluation.length).toBe(plain.evaluation.length);
  });
});

describe('standardisation', () => {
  const rows = [{ features: Float32Array.of(1, 7, 3, 7) }, { features: Float32Array.of(5, 7) }]; // width 2
  it('gives every feature mean 0 and deviation 1 over the training frames; one that never changes stays 0', () => {
    const statistics = statisticsOf(rows, 2);
    expect(statistics).toMatchObject({ means: Float64Array.of(3, 7) });
    const features = Float32Array.of(3, 7, 5, 7);
    standardise(features, statistics);
    [0, 0, Math.sqrt(1.5), 0].forEach((value, i) => expect(features[i]).toBeCloseTo(value, 6));
  });

  it('is learned from the training part alone', () => {
    const { statistics } = prepareExamples(set, tinySplit, paperRecipe(), 1);
    const swapped = { ...tinySplit, validation: tinySplit.evaluation, evaluation: tinySplit.validation };
    expect(prepareExamples(set, swapped, paperRecipe(), 1).statistics).toEqual(statistics);
  });

  it('per window takes the mean of every feature off each segment', () => {
    const meanOf = (windowNormalisation: PaperRecipe['windowNormalisation']) => {
      const { train, width } = prepareExamples(set, tinySplit, { ...paperRecipe(), windowNormalisation }, 1);
      const first = (train[0] as Example).features.filter((_, i) => i % width === 0);
      return first.reduce((sum, x) => sum + x, 0) / first.length;
    };
    expect(meanOf({ deviationOffset: 0.5 })).toBeCloseTo(0, 5);
    expect(Math.abs(meanOf('none'))).toBeGreaterThan(0.05);
  });
});

describe('batches by length', () => {
  const examples = Array.from({ length: 150 }, (_, at) => randomExample(1 + ((37 * at) % 300), 1, at));
  const batches = bucketed(examples, 16, seededRandom(1));

  it('hold every example once, 16 at most, and sizes differ by one', () => {
    expect(new Set(batches.flat()).size).toBe(150);
    expect(batches.flat()).toHaveLength(150);
    const sizes = batches.map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it('pad far less than examples in random order', () => {
    const padded = (parts: (typeof examples)[]) =>
      parts.reduce((sum, part) => sum + part.length * Math.max(...part.map(({ frames }) => frames)), 0);
    const used = examples.reduce((sum, { frames }) => sum + frames, 0);
    expect(padded(batches) / used).toBeLessThan(1.25);
  });

  it('are the same for the same seed and others for another', () => {
    expect(bucketed(examples, 16, seededRandom(1))).toEqual(batches);
    expect(bucketed(examples, 16, seededRandom(2))).not.toEqual(batches);
  });
});
