import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PAPER_RECIPE_FILE, paperRecipe } from '../testing/tiny-segments.js';
import { DEFAULT_RECIPE_FILE } from '../testing/tiny.js';
import { loadPaperRecipe, loadRecipe, methodOf, parsePaperRecipe } from './load-recipe.js';

const text = readFileSync(PAPER_RECIPE_FILE, 'utf8');
const lineOf = (part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;
const folder = mkdtempSync(join(tmpdir(), 'eupnea-recipes-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'paper.yaml'), text);
function write(name: string, content: string): string {
  writeFileSync(join(folder, `${name}.yaml`), content);
  return join(folder, `${name}.yaml`);
}

describe('a recipe of the paper', () => {
  const shipped = dirname(PAPER_RECIPE_FILE);
  const names = readdirSync(shipped).filter((name) => name.startsWith('paper'));
  it.each(names)('%s that ships is valid and bears its name', (file) => {
    expect(loadPaperRecipe(join(shipped, file)).name).toBe(basename(file, '.yaml'));
  });

  it('is told apart from our own method', () => {
    expect(methodOf(PAPER_RECIPE_FILE)).toBe('paper');
    expect(methodOf(DEFAULT_RECIPE_FILE)).toBe('rate-bins');
    expect(() => loadRecipe(PAPER_RECIPE_FILE)).toThrow("of the method 'paper' where one of 'rate-bins' is needed");
    expect(() => loadPaperRecipe(DEFAULT_RECIPE_FILE)).toThrow(/default\.yaml: .*'rate-bins'/);
  });

  it('with an unknown key or an unusable value is refused with its line', () => {
    const wrong = text.replace('  units: 32\n', '  units: 30\n  dropOut: 0.5\n');
    expect(() => parsePaperRecipe(wrong, 'p.yaml')).toThrow(`p.yaml:${lineOf('  units: 32') + 1}: unknown key 'network.dropOut'`); // prettier-ignore
    expect(() => parsePaperRecipe(wrong, 'p.yaml')).toThrow(`p.yaml:${lineOf('  units: 32')}: network.units`);
  });

  it('with shares above 1 together is refused', () => {
    expect(() => parsePaperRecipe(text.replace('beta: 0.25', 'beta: 0.75'), 'p.yaml')).toThrow(
      `p.yaml:${lineOf('alpha: ')}: loss: beta + gamma + kappa exceeds 1`,
    );
  });
});

describe('a recipe that extends another', () => {
  it('takes its values and overrides some, mappings key by key', () => {
    const file = write('child', 'extends: paper\nname: child\nnetwork: { units: 16 }\n');
    const { network, ...rest } = paperRecipe();
    expect(loadPaperRecipe(file)).toEqual({ ...rest, name: 'child', network: { ...network, units: 16 } });
    const grandchild = write('grandchild', 'extends: child\nname: grandchild\nnetwork: { convolution: none }\n');
    expect(loadPaperRecipe(grandchild).network).toMatchObject({ units: 16, convolution: 'none' });
  });

  it('replaces a mapping with a kind as a whole', () => {
    const file = write('other', 'extends: paper\nname: other\nfrontEnd: { kind: modulation }\n');
    expect(loadPaperRecipe(file).frontEnd).toEqual({ kind: 'modulation' });
  });

  it('is refused with the file and the line that hold the fault', () => {
    const own = write('own', 'extends: paper\nname: own\nnetwork:\n  units: 16\n  bidirectional: true\n');
    expect(() => loadPaperRecipe(own)).toThrow(`${own}:5: unknown key 'network.bidirectional'`);
    const base = write('base', text.replace('patience: 12', 'patience: 0'));
    const heir = write('heir', 'extends: base\nname: heir\n');
    expect(() => loadPaperRecipe(heir)).toThrow(`${base}:${lineOf('patience: 12')}: optimiser.patience`);
  });

  it('is refused when the other is missing, is itself, or extends it in turn', () => {
    expect(() => loadPaperRecipe(write('orphan', 'name: orphan\nextends: nobody\n'))).toThrow(
      /orphan\.yaml:2: extends: there is no recipe .*nobody\.yaml/,
    );
    expect(() => loadPaperRecipe(write('self', 'extends: self\n'))).toThrow(/self\.yaml:1: extends: 'self'/);
    write('a', 'extends: b\n');
    expect(() => loadPaperRecipe(write('b', 'extends: a\n'))).toThrow(/a\.yaml:1: extends: 'b' extends this recipe/);
  });
});
