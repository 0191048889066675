import { Command } from 'commander';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSplit } from '../data/people-split.js';
import { writeTinyData } from '../testing/tiny.js';
import { addPrepareCommand } from './prepare.js';

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = writeTinyData();
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function prepare(...words: string[]): void {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addPrepareCommand(program);
  program.parse(['prepare', ...words], { from: 'user' });
}

describe('trainer prepare', () => {
  it('--check prints what is in each folder, or its faults and fails', () => {
    prepare('--check', folder);
    expect(printed).toContain(`${join(folder, 'breath')} (annotated recordings): no faults`);
    expect(printed.some((line) => /^ {2}segments: 12/.test(line))).toBe(true);
    printed = [];
    const table = join(folder, 'breath', 'segments.csv');
    const [header, ...rows] = readFileSync(table, 'utf8').trimEnd().split('\n');
    const broken = [...rows, ...rows].map((row, at) =>
      row.replace(/_s(\d+),/, `_x${at},`).replace(/,\d+,[\d.]+$/, `,x${at},0`),
    );
    writeFileSync(table, [header, rows[0], ...broken].join('\n'));
    expect(() => prepare('--check', folder)).toThrow(expect.objectContaining({ code: 'DATA_INVALID' }) as Error);
    expect(printed).toContain(`${join(folder, 'breath')} (annotated recordings): 24 faults`);
    expect(printed.filter((line) => line.includes('segments.csv:'))).toHaveLength(20);
    expect(printed).toContain('  and 4 more');
  });

  it('--split writes a split, and never over another one', () => {
    const file = join(folder, 'breath', 'split.json');
    prepare('--split', folder, '--seed', '3');
    expect(printed.at(-1)).toBe(`${file}: seed 3, sha256 ${readSplit(file).sha256}`);
    prepare('--split', folder, '--seed', '3');
    expect(() => prepare('--split', folder, '--seed', '4')).toThrow(/holds another split/);
    prepare('--split', folder, '--seed', '4', '--out', join(folder, 'four.json'));
    expect(readSplit(join(folder, 'four.json')).seed).toBe(4);
  });

  it('does one thing at a time', () => {
    expect(() => prepare()).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
    expect(() => prepare('--check', folder, '--split', folder)).toThrow(
      expect.objectContaining({ code: 'USAGE' }) as Error,
    );
    expect(() => prepare('--simulate', join(folder, 'new'), '--people', '2')).toThrow(/at least 3/);
  });
});
