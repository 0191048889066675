import { expect, it } from 'vitest';
import { AUGMENTATION, CURVES, FRONT_ENDS, PAPER_RECIPES, TABLE_1, TABLE_2, TABLE_3, TC_LSTM_SIZES } from './experiments.js'; // prettier-ignore

it('every recipe stands in a table and has its learning curve', () => {
  const rows = [...TABLE_1, ...TABLE_2, ...TABLE_3, ...FRONT_ENDS, ...TC_LSTM_SIZES, ...AUGMENTATION];
  expect([...new Set(rows.map(({ recipe }) => recipe))].sort()).toEqual([...PAPER_RECIPES].sort());
  const curves = CURVES.flatMap(({ lines }) => lines.map(({ recipe }) => recipe));
  expect([...new Set(curves)].sort()).toEqual([...PAPER_RECIPES].sort());
});
