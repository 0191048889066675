import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE_FILE } from '../testing/tiny.js';
import { loadPaperRecipe, loadRecipe, methodOf, parseRecipe } from './load-recipe.js';

const text = readFileSync(DEFAULT_RECIPE_FILE, 'utf8');
const lineOf = (part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('a recipe', () => {
  it('that ships is valid', () => {
    expect(loadRecipe(DEFAULT_RECIPE_FILE)).toMatchObject({ name: 'default', network: { lstmUnits: 32 } });
  });

  it('with an unknown key is refused with its line', () => {
    const wrong = text.replace('  lstmUnits: 32\n', '  lstmUnits: 32\n  dropOut: 0.5\n');
    expect(() => parseRecipe(wrong, 'r.yaml')).toThrow(
      `r.yaml:${lineOf('lstmUnits') + 1}: unknown key 'network.dropOut'`,
    );
  });

  it('with an unusable value is refused with its line', () => {
    const wrong = text.replace('learningRate: 0.006', 'learningRate: fast');
    expect(() => parseRecipe(wrong, 'r.yaml')).toThrow(`r.yaml:${lineOf('learningRate')}: optimiser.learningRate`);
  });

  it('names every fault at once, a missing key too', () => {
    const wrong = text.replace('  steps: 3000\n', '').replace('folds: 5', 'folds: 1');
    const fault = expect.objectContaining({
      code: 'RECIPE_INVALID',
      message: expect.stringMatching(/optimiser\.steps[\s\S]*evaluation\.folds/) as string,
    }) as Error;
    expect(() => parseRecipe(wrong, 'r.yaml')).toThrow(fault);
  });

  it('whose periodicity hears an LSTM that is not there is refused', () => {
    const wrong = text.replace('lstmUnits: 32', 'lstmUnits: 0');
    const fault = `r.yaml:${lineOf('hears')}: network.periodicity.hears: 'both' needs an LSTM`;
    expect(() => parseRecipe(wrong, 'r.yaml')).toThrow(fault);
  });

  it('that is no YAML is refused with its line', () => {
    expect(() => parseRecipe('name: default\nseed: [1\nloss: 2', 'r.yaml')).toThrow(/RECIPE_INVALID|r\.yaml:\d+: /);
  });

  it('that does not exist is named', () => {
    expect(() => loadRecipe('nonesuch')).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }) as Error);
  });
});

describe('every recipe in recipes/', () => {
  const folder = dirname(DEFAULT_RECIPE_FILE);
  it.each(readdirSync(folder))('%s is valid, and named as its file', (file) => {
    const path = join(folder, file);
    const { name } = methodOf(path) === 'paper' ? loadPaperRecipe(path) : loadRecipe(path);
    expect(`${name}.yaml`).toBe(file);
  });
});
