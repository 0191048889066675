import { AUGMENTATION, FRONT_ENDS, MODELS, RATE_BANDS, type ScoreRow, TABLE_1, TABLE_2, TABLE_3, TC_LSTM_SIZES } from '../experiments.js'; // prettier-ignore
import type { PrintedScores } from '../printed.js';
import type { SegmentSet } from '../segment-set.js';
import type { TrainingResult } from '../training-result.js';
import { captionOf, count } from './figure.js';
import { type ScoreBook, type Scores, errorsOf } from './measures.js';
import { DASH, type Table, type TableRow, numberText, spreadText } from './table.js';

type Results = ReadonlyMap<string, readonly TrainingResult[]>;

interface Column {
  heading: string;
  paper: (printed: PrintedScores) => string;
  ours: (scores: Scores) => string;
}

const CCC: Column = {
  heading: 'CCC RR',
  paper: ({ ccc }) => numberText(ccc, 2),
  ours: ({ ccc }) => spreadText(ccc, 2),
};
const INTERVAL: Column = {
  heading: '95 % interval of CCC',
  paper: () => DASH,
  ours: ({ cccInterval }) => (cccInterval ? `${cccInterval.lower.toFixed(2)} to ${cccInterval.upper.toFixed(2)}` : DASH), // prettier-ignore
};
const RHO: Column = { heading: 'ρ RR', paper: ({ rho }) => numberText(rho, 2), ours: ({ rho }) => spreadText(rho, 2) };
const MSE: Column = {
  heading: 'MSE RR',
  paper: ({ mse }) => numberText(mse, 2),
  ours: ({ mse }) => spreadText(mse, 2),
};
const MAE: Column = { heading: 'MAE (/min)', paper: () => DASH, ours: ({ mae }) => spreadText(mae, 1) };
const F1_BREATH: Column = {
  heading: 'F1 breath',
  paper: ({ f1Breath }) => numberText(f1Breath, 2),
  ours: ({ f1Breath }) => spreadText(f1Breath, 2),
};
const F1_NOISE: Column = {
  heading: 'F1 noise',
  paper: ({ f1Noise }) => numberText(f1Noise, 2),
  ours: ({ f1Noise }) => spreadText(f1Noise, 2),
};

/** Tables I to III in the paper's form, then what its text compares without figures. */
export function tablesOf(set: SegmentSet, book: ScoreBook): Table[] {
  const { results } = book;
  const noNoise = whyNoNoiseScore(results);
  const everything = [CCC, INTERVAL, RHO, MSE, MAE, F1_BREATH, F1_NOISE];
  const scored = (id: string, title: string, first: string, rows: readonly ScoreRow[], columns: Column[], ...sentences: string[]): Table => // prettier-ignore
    scoreTable({ id, title, first, rows, columns, book, caption: captionOf(set, ...sentences, columns.includes(F1_NOISE) ? noNoise : '') }); // prettier-ignore
  return [
    scored('table-1', 'Table I: the LSTM by neurons, validation and evaluation people', 'Neurons', TABLE_1, [CCC, INTERVAL, RHO, MAE, F1_BREATH, F1_NOISE], 'CCC, Pearson’s ρ and F1 (percent) for 16, 32 and 64 neurons in the recurrent and the embedding layer.'), // prettier-ignore
    scored('table-2', 'Table II: LSTM and TC-LSTM, evaluation people', 'Model', TABLE_2, [CCC, INTERVAL, RHO, MSE, MAE, F1_BREATH], 'CCC, Pearson’s ρ, MSE (squares of the training rates’ deviation) and F1 (percent), 32 neurons.'), // prettier-ignore
    bandTable(set, results),
    scored('front-ends', 'Front ends: mel bands and modulation features', 'Front end', FRONT_ENDS, everything, 'The paper tried fewer and more than 40 bands and found 40 best on its validation people, and tried modulation features; it prints no figures. TC-LSTM, 32 neurons.'), // prettier-ignore
    scored('tc-lstm-sizes', 'The TC-LSTM by neurons', 'Neurons', TC_LSTM_SIZES, everything, 'The paper gives sizes of the LSTM alone.'), // prettier-ignore
    scored('augmentation', 'Before and after augmentation, all rates', 'Model', AUGMENTATION, everything, 'The same trainings as in Table III, which the paper gives by range of rates alone; evaluation people.'), // prettier-ignore
  ];
}

interface ScoreTableParts {
  id: string;
  title: string;
  caption: string;
  /** Heading of the first column. */
  first: string;
  rows: readonly ScoreRow[];
  columns: readonly Column[];
  book: ScoreBook;
}

function scoreTable({ id, title, caption, first, rows, columns, book }: ScoreTableParts): Table {
  const severalParts = new Set(rows.map(({ part }) => part)).size > 1;
  const lines = rows.flatMap(({ label, recipe, part, printed }, at): TableRow[] => {
    const section = severalParts && part !== rows[at - 1]?.part ? { section: part === 'validation' ? 'Validation' : 'Evaluation' } : {}; // prettier-ignore
    const scores = book.of(recipe, part);
    const ours: TableRow = { source: 'ours', cells: [label, 'ours', ...columns.map((column) => column.ours(scores))] };
    if (!printed) return [{ ...ours, ...section }];
    const paper: TableRow = { source: 'paper', cells: [label, 'paper', ...columns.map((column) => column.paper(printed))] }; // prettier-ignore
    return [{ ...paper, ...section }, ours];
  });
  return { id, title, caption, columns: [first, 'from', ...columns.map(({ heading }) => heading)], rows: lines };
}

function bandTable(set: SegmentSet, results: Results): Table {
  const errors = TABLE_3.map(({ recipe, printed }) => ({
    label: MODELS[recipe],
    printed,
    bands: RATE_BANDS.map(({ holds }) => errorsOf(results.get(recipe) ?? [], 'evaluation', ({ rrPerMinute }) => holds(rrPerMinute))), // prettier-ignore
  }));
  const trained = errors.find(({ bands }) => bands.some(({ segments }) => segments > 0)) ?? errors[0];
  const segments = trained?.bands.map(({ segments }, at) => `${RATE_BANDS[at]?.label}: ${segments}`).join(', ');
  return {
    id: 'table-3',
    title: 'Table III: error by range of rates, before and after augmentation',
    caption: captionOf(
      set,
      `MSE in squares of the training rates’ deviation, and MAE in breaths/min, which the paper does not print. Ranges are those of the labelled rate; evaluation segments by range: ${segments}.`,
    ),
    columns: ['Model', 'from', ...RATE_BANDS.map(({ label }) => label)],
    rows: errors.flatMap(({ label, printed, bands }): TableRow[] => [
      { source: 'paper', cells: [label, 'paper, MSE', ...printed.map((mse) => mse.toFixed(2))] },
      { source: 'ours', cells: [label, 'ours, MSE', ...bands.map(({ mse }) => spreadText(mse, 2))] },
      { source: 'ours', cells: [label, 'ours, MAE (/min)', ...bands.map(({ mae }) => spreadText(mae, 1))] },
    ]),
  };
}

/** Why a dash stands under F1 noise, or nothing. */
function whyNoNoiseScore(results: Results): string {
  const first = [...results.values()][0]?.[0];
  const lacking = (['validation', 'evaluation'] as const).filter((part) => {
    const noisy = first?.[part].filter((segment) => segment.noisy).length ?? 0;
    return noisy === 0 || noisy === first?.[part].length;
  });
  if (!first || lacking.length === 0) return '';
  const counts = lacking.map((part) => `${first[part].filter(({ noisy }) => noisy).length} of ${count(first[part].length, `${part} segment`)}`); // prettier-ignore
  return `F1 noise is ${DASH} where the labels do not define it: ${counts.join(' and ')} are labelled noisy.`;
}
