import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '#libs/breath-model';
import { checkTensorFlow } from '#libs/tensorflow';
import { parse, stringify } from 'yaml';
import { afterAll, describe, expect, test } from 'vitest';
import { tinyRecipe, writeTinyData } from '../../apps/trainer/src/testing/tiny.js';
import { tinyPaperRecipe } from '../../apps/trainer/src/testing/tiny-segments.js';
import { root } from '../support/stack.js';

/** The real program, worker threads and all, on six made-up people, with the backend that needs no setup. */
describe('the trainer', () => {
  const data = writeTinyData();
  const home = mkdtempSync(join(tmpdir(), 'eupnea-trainer-'));
  const recipeFile = join(home, 'tiny.yaml');
  const recipe = { ...tinyRecipe(), name: 'tiny' };
  recipe.network.firstStride = 8; // few steps of the LSTM, since plain JavaScript takes them
  recipe.evaluation.folds = 2;
  writeFileSync(recipeFile, stringify(recipe));
  afterAll(() => [data, home].forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  function trainer(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/run.mjs', 'trainer', ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, EUPNEA_HOME: home },
    });
    const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
    return { status, stdout, stderr, lastLine };
  }
  const training = ['--data', data, '--recipe', recipeFile, '--backend', 'portable'];
  const folds = join(home, 'folds');
  const model = join(home, 'model');

  test('cross-validates: every person is held out by exactly one fold bundle, and the line of JSON counts all', async () => {
    const run = trainer('crossvalidate', ...training, '--seeds', '2', '--out', folds);
    expect(run.stderr + run.stdout).toContain('fold 2 of 2');
    expect(run.status).toBe(0);
    expect(JSON.parse(run.lastLine)).toMatchObject({ clean: { n: 12 }, snr0: { n: 12 }, recordings: { n: 6 } });
    const list = JSON.parse(readFileSync(join(folds, 'folds.json'), 'utf8')) as {
      folds: { bundle: string; heldOutSubjects: string[] }[];
    };
    const people = list.folds.flatMap(({ heldOutSubjects }) => heldOutSubjects);
    expect(people.sort()).toEqual(['cw90', 'cw91', 'cw92', 'cw93', 'cw94', 'cw95']);
    for (const { bundle, heldOutSubjects } of list.folds) {
      const { manifest } = await loadBundle(join(folds, bundle));
      expect(manifest.training).toMatchObject({ people: 3, heldOut: { subjects: heldOutSubjects } });
    }
    const rows = readFileSync(join(folds, 'segments.csv'), 'utf8').trim().split('\n');
    expect(rows.length - 1).toBe(12 * 5 * 2); // segments, conditions, seeds
    const windows = readFileSync(join(folds, 'windows.csv'), 'utf8').trim().split('\n');
    expect(windows.length - 1).toBe(6 * 3 * 5 * 2); // recordings, windows of each
  });

  test('goes on from finished folds, to the same bytes', () => {
    const before = readFileSync(join(folds, 'fold-1', 'model.onnx'));
    const run = trainer('crossvalidate', ...training, '--seeds', '2', '--out', folds);
    expect(run.stderr).toContain('seed 2, fold 1 of 2: weights from');
    expect(readFileSync(join(folds, 'fold-1', 'model.onnx')).equals(before)).toBe(true);
  });

  test('trains on everybody with the calibration, and the same seed gives the same version', async () => {
    const calibration = join(folds, 'calibration.json');
    const run = trainer('train', ...training, '--out', model, '--calibration', calibration);
    expect(run.status).toBe(0);
    const { manifest } = await loadBundle(model);
    expect(manifest).toMatchObject({
      name: 'tiny',
      training: { people: 6, recordings: 6, segments: 12, noiseClips: 4 },
    });
    expect(manifest.metrics).toHaveProperty('clean');
    expect(readFileSync(join(model, 'MODEL_CARD.md'), 'utf8')).toContain('6 people, 6 recordings');
    rmSync(join(home, 'training'), { recursive: true }); // so that it trains again
    trainer('train', ...training, '--workers', '2', '--out', join(home, 'again'), '--calibration', calibration);
    expect((await loadBundle(join(home, 'again'))).manifest.version).toBe(manifest.version);
  });

  test("exports one of the paper's networks, which evaluate and explain run", async () => {
    const paperFile = join(home, 'paper-tiny.yaml');
    const paper = { ...tinyPaperRecipe(), name: 'paper-tiny' };
    Object.assign(paper.optimiser, { epochs: 1 });
    writeFileSync(paperFile, stringify(paper));
    const backend = checkTensorFlow() === undefined ? 'node' : 'portable'; // which takes every step of the LSTM in JavaScript
    const words = ['train', '--data', data, '--recipe', paperFile, '--backend', backend];
    const out = join(home, 'paper-model');
    const run = trainer(...words, '--out', out);
    expect(run.status, run.stderr).toBe(0);
    const { manifest } = await loadBundle(out);
    expect(run.lastLine).toContain(manifest.version);
    const { subjects, split, heldOut } = manifest.training as { subjects: string[]; split: { validation: string[] }; heldOut: { subjects: string[] } }; // prettier-ignore
    const people = [...subjects, ...split.validation, ...heldOut.subjects].sort();
    expect(people).toEqual(['cw90', 'cw91', 'cw92', 'cw93', 'cw94', 'cw95']);
    const evaluated = trainer('evaluate', '--model', out, '--data', join(data, 'breath'), '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ clean: { n: 12 } });
    expect(evaluated.stderr).toContain(`was trained on ${subjects.length} of these 6 people`);
    const sound = join(data, 'breath', 'audio', 'cw90_deep.flac');
    const explained = trainer('explain', sound, '--model', out, '--out', home);
    expect(JSON.parse(explained.lastLine)).toMatchObject({ model: manifest.version, density: 'envelope' });
  });

  test('evaluates with --json as one line, with noise and without', () => {
    const breath = join(data, 'breath');
    const paced = join(home, 'paced');
    mkdirSync(paced);
    cpSync(join(breath, 'audio'), join(paced, 'audio'), { recursive: true });
    const minutes = 'recording_id,subject_id,duration_s,paced_rr_bpm\ncw90_deep,cw90,12,15\ncw91_deep,cw91,12,20\n';
    writeFileSync(join(paced, 'recordings.csv'), minutes);
    const quiet = trainer('evaluate', '--model', model, '--data', breath, '--paced', paced, '--json');
    expect(quiet.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(quiet.stdout)).toMatchObject({ paced: { n: 2 } });
    expect(Object.keys(JSON.parse(quiet.stdout) as object)).not.toContain('snr20');
    const noisy = trainer('evaluate', '--model', model, '--data', breath, '--noise', join(data, 'noise'), '--json');
    expect(Object.keys(JSON.parse(noisy.stdout) as object)).toEqual(
      'clean snr20 snr10 snr5 snr0 breath3 heavy25 heavy30 noise falseAccept recordings conditions baselines'.split(
        ' ',
      ),
    );
  });

  test('draws a learning curve, and trains nothing twice', () => {
    const out = join(home, 'curve');
    const words = ['learning-curve', ...training, '--people', '3,2', '--steps', '2', '--out', out];
    const run = trainer(...words);
    expect(run.stderr).toContain('trainings: 4 of 4 done');
    const { curve } = JSON.parse(run.lastLine) as { curve: { people: number; seeds: number }[] };
    expect(curve).toMatchObject([
      { people: 2, seeds: 2 },
      { people: 3, seeds: 2 },
    ]);
    expect(readFileSync(join(out, 'learning-curve.svg'), 'utf8')).toContain('>people trained on</text>');
    expect(readFileSync(join(out, 'learning-curve.md'), 'utf8')).toContain('## What more data would buy');
    const written = readFileSync(join(out, 'learning-curve.json'), 'utf8');
    expect(trainer(...words).stderr).toContain('4 trainings, 4 of them finished before');
    expect(readFileSync(join(out, 'learning-curve.json'), 'utf8')).toBe(written);
    expect(trainer(...words, '--people', '4').stderr).toContain('USAGE: --people 4: 3 are left beside those held out');
  });

  test('searches values of the recipe, and goes on where a smaller budget ended', () => {
    const out = join(home, 'tuning');
    const ranges = join(home, 'ranges.yaml');
    writeFileSync(ranges, 'loss.phase: { between: [0, 0.6] }\ndraws.gainDb: { oneOf: [[-10, 10], [-5, 5]] }\n');
    const words = ['tune', ...training, '--ranges', ranges, '--steps', '2', '--out', out];
    const first = trainer(...words, '--budget', '2');
    expect(first.stderr).toContain('The ranges need 2 sets of items, each rendered anew: this is slow.');
    expect(first.status).toBe(0);
    const run = trainer(...words, '--budget', '3');
    expect(run.stderr).toContain('3 trials, 2 of them finished before');
    expect(run.stdout).toContain('the recipe as it stands');
    const { best } = JSON.parse(run.lastLine) as { best: { meanCcc: number; values: object } };
    const trials = readFileSync(join(out, 'trials.jsonl'), 'utf8').trim().split('\n');
    const figures = trials.map((line) => (JSON.parse(line) as { measured: { meanCcc: number } }).measured.meanCcc);
    expect(figures).toHaveLength(3);
    expect(best.meanCcc).toBe(Math.max(...figures));
    const written = parse(readFileSync(join(out, 'best.yaml'), 'utf8')) as typeof recipe;
    expect(written).toMatchObject({ name: 'tiny-tuned', optimiser: { steps: recipe.optimiser.steps } });
    writeFileSync(ranges, 'loss.magic: { between: [0, 1] }\n');
    expect(trainer(...words).stderr).toMatch(/RECIPE_INVALID: .*ranges\.yaml:1: loss\.magic: /);
  });

  test.each([
    [
      'an unknown recipe key',
      ['train', '--data', data, '--recipe', 'BROKEN'],
      /RECIPE_INVALID: .*broken\.yaml:\d+: unknown key 'loss\.magic'/,
    ],
    [
      'a calibration of the paper',
      ['train', '--data', data, '--recipe', 'paper', '--calibration', 'x'],
      /USAGE: --calibration is of no use/,
    ],
    ['a split of everybody', ['train', '--data', data, '--split', 'x'], /USAGE: --split is for recipes of the paper/],
    ['a folder without data', ['train', '--data', join(root, 'docs')], /DATA_INVALID/],
    ['no model', ['evaluate', '--model', join(root, 'docs'), '--data', data], /MODEL_MISSING/],
    ['a missing option', ['evaluate', '--data', data], /USAGE: required option '--model/],
  ])('refuses %s with its code', (_, args, message) => {
    const broken = join(home, 'broken.yaml');
    writeFileSync(broken, stringify({ ...recipe, loss: { ...recipe.loss, magic: 1 } }));
    const run = trainer(...args.map((arg) => (arg === 'BROKEN' ? broken : arg)));
    expect(run.stderr).toMatch(message);
    expect(run.status).not.toBe(0);
  });
});
