import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ERROR_MODEL, normalCdf } from './error-model.js';
import { type ResidualSequence, fitErrorModel } from './fit-error-model.js';

describe('the error model', () => {
  it('is that of the out-of-fold windows of the shipped model', () => {
    const sequences = outOfFoldResiduals();
    expect(new Set(sequences.map(({ person }) => person)).size).toBeGreaterThan(40);
    const fitted = fitErrorModel(sequences, seeded());
    expect(Math.abs(fitted.withinStdDev / DEFAULT_ERROR_MODEL.withinStdDev - 1), JSON.stringify(fitted)).toBeLessThan(
      0.25,
    );
    expect(Math.abs(fitted.betweenStdDev / DEFAULT_ERROR_MODEL.betweenStdDev - 1), JSON.stringify(fitted)).toBeLessThan(
      0.25,
    );
  });

  it('finds the two variances that errors were drawn with', () => {
    const random = seeded();
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const sequences = Array.from({ length: 400 }, (_, person) => {
      const bias = 2 * normal();
      return { person: String(person), errors: Array.from({ length: 12 }, () => bias + 3 * normal()) };
    });
    const fitted = fitErrorModel(sequences, random);
    expect(fitted.betweenStdDev).toBeCloseTo(2, 0);
    // A median of normal errors is wider than their mean by sqrt(pi / 2).
    expect(fitted.withinStdDev).toBeGreaterThan(3.3);
    expect(fitted.withinStdDev).toBeLessThan(4.2);
  });

  it('has the normal distribution of the tables', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 6);
    expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalCdf(-0.841621)).toBeCloseTo(0.2, 6);
  });
});

function seeded(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Accepted windows by recording and noise level, in their order. */
function outOfFoldResiduals(): ResidualSequence[] {
  const file = new URL('../../../models/default-folds/windows.csv', import.meta.url);
  const [header, ...lines] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const column = (name: string) => (header as string[]).indexOf(name);
  const sequences = new Map<string, { person: string; errors: number[] }>();
  for (const row of lines) {
    const [reference, predicted] = [Number(row[column('rr_bpm')]), Number(row[column('predicted_rr_bpm')])];
    if (row[column('quality')] !== 'ok' || !(reference > 0)) continue;
    const key = ['seed', 'recording_id', 'snr_db'].map((name) => row[column(name)]).join();
    const sequence = sequences.get(key) ?? { person: row[column('subject_id')] as string, errors: [] };
    sequences.set(key, sequence);
    sequence.errors.push(predicted - reference);
  }
  return [...sequences.values()];
}
