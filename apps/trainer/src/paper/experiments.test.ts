import { expect, it } from 'vitest';
import { loadPaperRecipe } from '../recipe/load-recipe.js';
import { AUGMENTATION, CURVES, FRONT_ENDS, PAPER_RECIPES, TABLE_1, TABLE_2, TABLE_3, TC_LSTM_SIZES } from './experiments.js'; // prettier-ignore

it('every recipe stands in a table and has its learning curve', () => {
  const rows = [...TABLE_1, ...TABLE_2, ...TABLE_3, ...FRONT_ENDS, ...TC_LSTM_SIZES, ...AUGMENTATION];
  expect([...new Set(rows.map(({ recipe }) => recipe))].sort()).toEqual([...PAPER_RECIPES].sort());
  const curves = CURVES.flatMap(({ lines }) => lines.map(({ recipe }) => recipe));
  expect([...new Set(curves)].sort()).toEqual([...PAPER_RECIPES].sort());
});

it('rows that are compared differ in what the table compares, and in nothing else', () => {
  const base = loadPaperRecipe('paper-tc-lstm-32');
  const without = ({ name: _, ...recipe }: typeof base) => recipe;
  const like = (changes: Partial<typeof base>) => without({ ...base, ...changes });
  const network = (changes: Partial<(typeof base)['network']>) => ({ network: { ...base.network, ...changes } });
  for (const units of [16, 32, 64]) {
    expect(without(loadPaperRecipe(`paper-lstm-${units}`))).toEqual(like(network({ units, convolution: 'none' })));
    expect(without(loadPaperRecipe(`paper-tc-lstm-${units}`))).toEqual(like(network({ units })));
  }
  for (const recipe of ['paper-mfb-20', 'paper-mfb-64', 'paper-modulation']) {
    const { frontEnd, ...rest } = without(loadPaperRecipe(recipe));
    expect({ ...rest, frontEnd: base.frontEnd }).toEqual(without(base));
    expect(frontEnd).not.toEqual(base.frontEnd);
  }
  for (const [recipe, convolution] of [
    ['paper-lstm-32-augmented', 'none'],
    ['paper-tc-lstm-32-augmented', base.network.convolution],
  ] as const) {
    // prettier-ignore
    const { augmentation, ...rest } = without(loadPaperRecipe(recipe));
    expect({ ...rest, augmentation: 'none' }).toEqual(like(network({ convolution })));
    expect(augmentation).toMatchObject({ snrDb: [[10, 20], [20, 30], [30, 40]] }); // prettier-ignore
  }
});
