import { Command } from 'commander';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeTinyData } from '../testing/tiny.js';
import { addCompareCommand } from './compare.js';

let home: string;
let printed: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'eupnea-compare-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

async function compare(...words: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addCompareCommand(program);
  await program.parseAsync(['compare', ...words], { from: 'user' });
}
const lastLine = (): Record<string, unknown> => JSON.parse(printed.at(-1) as string) as Record<string, unknown>;

/** Out-of-fold rates of eight people: a network of two seeds that errs by 1 /min, and kernel ridge by 4. */
function writeOutOfFold(change: (row: string) => string = (row) => row): void {
  const people = Array.from({ length: 8 }, (_, at) => ({ segment: `s${at},r${at},p${at}`, rate: 12 + 4 * at }));
  const snrs = ['clean', '0'];
  const folds = people.flatMap(({ segment, rate }, at) =>
    ['1', '2'].flatMap((seed) => snrs.map((snr) => `${seed},${segment},${snr},${rate},${rate + (at % 2 ? 1 : -1)}`)),
  );
  const ridge = people.flatMap(({ segment, rate }, at) =>
    snrs.map((snr) => `${segment},${snr},${rate},${rate + (at % 2 ? 4 : -4)}`),
  );
  const columns = 'segment_id,recording_id,subject_id,snr_db,rr_bpm';
  mkdirSync(join(home, 'folds'), { recursive: true });
  writeFileSync(join(home, 'folds', 'segments.csv'), [`seed,${columns},predicted_rr_bpm`, ...folds.map(change)].join('\n')); // prettier-ignore
  writeFileSync(join(home, 'out-of-fold.csv'), [`${columns},kernelRidge`, ...ridge].join('\n'));
}

describe('trainer compare', () => {
  it('compares folds with a baseline out of fold: a table, then one line of JSON', async () => {
    writeOutOfFold();
    const folds = join(home, 'folds');
    await compare(folds, 'kernel-ridge', '--baselines', home);
    expect(printed[0]).toBe(`A ${folds}, B kernel-ridge: 8 segments of 8 people`);
    expect(printed).toContain('The 95 % interval of the difference in CCC is above 0: clean, snr0.');
    expect(Object.keys(lastLine())).toEqual(['a', 'b', 'people', 'segments', 'clean', 'snr0', 'cccAboveEverywhere']);
    expect(lastLine()).toMatchObject({ snr0: { mae: { a: 1, b: 4, difference: -3, upper: -3 } }, cccAboveEverywhere: true }); // prettier-ignore
    printed = [];
    await compare('kernel-ridge', folds, '--baselines', home, '--json');
    expect(printed).toHaveLength(1);
    expect(lastLine()).toMatchObject({ a: 'kernel-ridge', cccAboveEverywhere: false });
  });

  it.each([
    [
      'a rate that is none',
      (row: string) => row.replace(/^1,s3,(.*,clean),(.*),.*/, '1,s3,$1,$2,fast'),
      /segments\.csv:14: 'predicted_rr_bpm' is 'fast'/,
    ],
    [
      'a row that stands twice',
      (row: string) => row.replace(/^1,s3(.*),0,/, '1,s3$1,clean,'),
      /segments\.csv:15: segment 's3' stands twice/,
    ],
    [
      'two references of a segment',
      (row: string) => row.replace(/^2,s3(.*),clean,24/, '2,s3$1,clean,25'),
      /segments\.csv:16: segment 's3' has another person or reference/,
    ],
    [
      'a seed that lacks a segment',
      (row: string) => row.replace(/^2,s3/, '3,s3'),
      /segment 's3' has no rate at 'clean 2'/,
    ],
  ])('refuses %s in a table', async (_, change, message) => {
    // prettier-ignore
    writeOutOfFold(change);
    await expect(compare(join(home, 'folds'), 'kernel-ridge', '--baselines', home)).rejects.toThrow(message);
  });

  it.each([
    ['a name of nothing', ['magic', 'kernel-ridge'], 'FILE_NOT_FOUND'],
    ['a bundle without data', ['models/default', 'kernel-ridge'], 'FILE_NOT_FOUND'],
    ['noise without data', ['kernel-ridge', 'kernel-ridge', '--noise', 'x'], 'USAGE'],
    ['folds where it runs bundles', ['models/default-folds', 'kernel-ridge', '--data', 'x'], 'MODEL_MISSING'],
  ])('refuses %s', async (_, words, code) => {
    await expect(compare(...words)).rejects.toMatchObject({ code });
  });

  it('runs a bundle and a baseline on the same recordings and noisy copies', async () => {
    const data = writeTinyData();
    const folders = ['--data', join(data, 'breath'), '--noise', join(data, 'noise')];
    await compare('models/default', 'spectral-peak', ...folders, '--json');
    expect(lastLine()).toMatchObject({ a: 'models/default', b: 'spectral-peak', people: 6, segments: 12 });
    const { clean, snr0 } = lastLine() as Record<string, { mae: { a: number; b: number } }>;
    await compare('spectral-peak', 'models/default', ...folders, '--json');
    expect(lastLine()).toMatchObject({ clean: { mae: { a: clean?.mae.b, b: clean?.mae.a } }, snr0: { mae: { a: snr0?.mae.b, b: snr0?.mae.a } } }); // prettier-ignore
    expect(snr0?.mae.b).not.toBe(clean?.mae.b);
    rmSync(data, { recursive: true });
  });
});
