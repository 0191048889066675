import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkTensorFlow } from '#libs/tensorflow';
import { writeTinyData } from '../../apps/trainer/src/testing/tiny.js';
import { describeIf } from '../support/describe-if.js';
import { root } from '../support/stack.js';

const RECIPES = ['paper-lstm-16', 'paper-tc-lstm-32-augmented'];

/** The real program with its processes, on six made-up people. */
describeIf(
  checkTensorFlow() === undefined,
  'tfjs-node does not work here: npm run trainer -- setup',
  "the paper's experiments",
  () => {
    const data = writeTinyData();
    writeFileSync(join(data, 'breath', 'dataset.json'), JSON.stringify({ name: 'tiny', simulated: true }));
    const home = mkdtempSync(join(tmpdir(), 'eupnea-paper-'));
    afterAll(() => [data, home].forEach((folder) => rmSync(folder, { recursive: true, force: true })));

    function paper(out: string, ...args: string[]) {
      const command = ['tools/run.mjs', 'trainer', 'paper', '--data', data, '--out', join(home, out), ...args];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
      return { status, stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' };
    }
    const file = (...path: string[]) => readFileSync(join(home, ...path), 'utf8');
    const numbersOf = (out: string, recipe: string) => {
      const result = JSON.parse(file(out, 'trainings', `${recipe}.seed-1.json`)) as Record<string, unknown>;
      return { ...result, seconds: 'of the clock' };
    };
    const quick = ['--quick', '--only', RECIPES.join(',')];

    test('come to a marked report and one line of JSON', () => {
      const run = paper('one', ...quick);
      expect(run.stderr).toContain('2 trainings, 0 of them finished before');
      expect(run.status).toBe(0);
      expect(JSON.parse(run.lastLine)).toMatchObject({ data: 'tiny', simulated: true, quick: true, trainings: 2, seeds: [1] }); // prettier-ignore
      expect(readdirSync(join(home, 'one', 'figures'))).toContain('figure-3.svg');
      for (const name of ['report.md', 'report.html']) {
        expect(file('one', name)).toContain('Simulated people, no evidence about people.');
        expect(file('one', name)).toContain('Quick run');
      }
      const { sha256, ...parts } = JSON.parse(file('one', 'split.json')) as Record<'sha256', string>;
      expect(file('one', 'report.json')).toContain(sha256);
      expect(Object.values(parts).flat()).toHaveLength(1 + 6); // the seed, and everybody once
    });

    test('go on from what is there, to the same bytes', () => {
      const before = file('one', 'report.json');
      rmSync(join(home, 'one', 'trainings', `${RECIPES[0]}.seed-1.json`)); // its checkpoint stays
      const run = paper('one', ...quick);
      expect(run.stderr).toContain('2 trainings, 1 of them finished before');
      expect(file('one', 'report.json')).toBe(before);
    });

    test('side by side give the same numbers as one after another', () => {
      const run = paper('two', ...quick, '--jobs', '2');
      expect(run.status, run.stderr).toBe(0);
      for (const recipe of RECIPES) expect(numbersOf('two', recipe)).toEqual(numbersOf('one', recipe));
      expect(file('two', 'report.md').replace(/\| trainings \|.*/, '')).toBe(file('one', 'report.md').replace(/\| trainings \|.*/, '')); // prettier-ignore
    });

    test.each([
      ['a recipe of another method', ['--only', 'default'], /USAGE: --only: 'default' is no recipe/],
      ['an edited split', ['--quick'], /DATA_INVALID: .*its parts do not match its sha256/],
      ['no number of jobs', ['--jobs', '0'], /USAGE: .*whole number of 1 or more/],
    ])('refuse %s', (_, args, message) => {
      const split = JSON.parse(file('one', 'split.json')) as { train: string[] };
      const edited = join(home, 'broken', 'split.json');
      rmSync(join(home, 'broken'), { recursive: true, force: true });
      mkdirSync(join(home, 'broken'));
      writeFileSync(edited, JSON.stringify({ ...split, train: [...split.train, 'somebody'] }));
      const run = paper('broken', ...args);
      expect(run.stderr).toMatch(message);
      expect(run.status).not.toBe(0);
    });
  },
);
