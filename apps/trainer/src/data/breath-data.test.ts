import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTinyData } from '../testing/tiny.js';
import { breathsWithin, readBreathData } from './breath-data.js';
import { readNoiseData } from './noise-data.js';
import { findDataFolders, hashData } from './folders.js';

let folder: string;
beforeEach(() => (folder = writeTinyData({ sound: false })));
afterEach(() => rmSync(folder, { recursive: true }));

function editLine(file: string, line: number, edit: (text: string) => string): void {
  const path = join(folder, file);
  const lines = readFileSync(path, 'utf8').split('\n');
  lines[line - 1] = edit(lines[line - 1] as string);
  writeFileSync(path, lines.join('\n'));
}

describe('a breath folder', () => {
  it('is read with its recordings, cycles, events and segments', () => {
    const { recordings, segments } = readBreathData(join(folder, 'breath'));
    expect([...recordings.keys()]).toHaveLength(6);
    expect(segments).toHaveLength(12);
    expect(recordings.get('cw90_deep')).toMatchObject({ subjectId: 'cw90', segments: 2, medianRrPerMinute: 15 });
    expect(recordings.get('cw90_deep')?.cycles).toHaveLength(3);
  });

  it.each([
    [
      'a number that is none',
      'breath/segments.csv',
      3,
      (row: string) => row.replace(',4,', ',four,'),
      "'start_s' is 'four'",
    ],
    [
      'an unknown recording',
      'breath/cycles.csv',
      2,
      (row: string) => row.replace('cw90_deep', 'nobody'),
      "no recording 'nobody'",
    ],
    [
      "another person's recording",
      'breath/segments.csv',
      2,
      (row: string) => row.replace(',cw90,', ',cw91,'),
      "is cw90's, not cw91's",
    ],
    [
      'an unknown label',
      'breath/annotations.csv',
      4,
      (row: string) => row.replace('inhale', 'sigh'),
      "'label' is 'sigh'",
    ],
    [
      'a segment that leaves the valid part',
      'breath/segments.csv',
      2,
      (row: string) => row.replace(',5.5,', ',13,'),
      'leaves',
    ],
    [
      'a stretch that ends before it starts',
      'breath/segments.csv',
      2,
      (row: string) => row.replace(',5.5,', ',0.2,'),
      'ends at',
    ],
    [
      'a sound that is not there',
      'breath/recordings.csv',
      2,
      (row: string) => row.replace('cw90_deep', 'gone'),
      'there is no',
    ],
    ['a row too short', 'breath/cycles.csv', 5, (row: string) => row.slice(0, row.lastIndexOf(',')), '5 fields'],
  ])('with %s is refused with file and line', (_, file, line, edit, message) => {
    editLine(file, line, edit);
    expect(() => readBreathData(join(folder, 'breath'))).toThrow(
      expect.objectContaining({
        code: 'DATA_INVALID',
        message: expect.stringContaining(`${file}:${line}: `) as string,
      }) as Error,
    );
    expect(() => readBreathData(join(folder, 'breath'))).toThrow(message);
  });

  it('without a column is refused', () => {
    editLine('breath/segments.csv', 1, (row) => row.replace('rr_bpm', 'rate'));
    expect(() => readBreathData(join(folder, 'breath'))).toThrow(/segments\.csv:1: no column named rr_bpm/);
  });
});

describe('noise and folders', () => {
  it("knows whose a person's clip is", () => {
    const clips = readNoiseData(join(folder, 'noise'));
    expect(clips.map(({ subjectId }) => subjectId)).toEqual(['cw90', 'cw91', undefined, undefined]);
  });

  it('are found from the folder above, or from the breath folder itself', () => {
    const breath = join(folder, 'breath');
    expect(findDataFolders(folder)).toEqual({ breath, noise: join(folder, 'noise') });
    expect(findDataFolders(breath)).toEqual({ breath });
    expect(() => findDataFolders(join(folder, 'nowhere'))).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }) as Error,
    );
    expect(() => findDataFolders(join(folder, 'noise'))).toThrow(
      expect.objectContaining({ code: 'DATA_INVALID' }) as Error,
    );
  });

  it('have another hash when one byte changed', () => {
    const before = hashData([join(folder, 'breath')]);
    expect(hashData([join(folder, 'breath')])).toBe(before);
    editLine('breath/segments.csv', 2, (row) => row.replace('5.5', '5.6'));
    expect(hashData([join(folder, 'breath')])).not.toBe(before);
  });
});

describe('breaths within a stretch', () => {
  it('are the covered shares of the cycles; a partial cycle weighs at least as much as a typical one', () => {
    const cycles = [
      { start: 0, end: 1, partial: true, weightSeconds: 4 },
      { start: 1, end: 5, partial: false, weightSeconds: 4 },
    ];
    expect(breathsWithin(cycles, 0, 5)).toBeCloseTo(1.25, 12);
    expect(breathsWithin(cycles, 3, 4)).toBeCloseTo(0.25, 12);
    expect(breathsWithin(cycles, 5, 9)).toBe(0);
  });
});
