import { PRINTED_TABLE_1, PRINTED_TABLE_2, PRINTED_TABLE_3, type PrintedScores } from './printed.js';

/** Every recipe of the paper's experiments, with its name in tables and figures. */
export const MODELS = {
  'paper-lstm-32': 'LSTM',
  'paper-tc-lstm-32': 'TC-LSTM',
  'paper-lstm-32-augmented': 'LSTM (augmented data)',
  'paper-tc-lstm-32-augmented': 'TC-LSTM (augmented data)',
  'paper-lstm-16': 'LSTM, 16 neurons',
  'paper-lstm-64': 'LSTM, 64 neurons',
  'paper-tc-lstm-16': 'TC-LSTM, 16 neurons',
  'paper-tc-lstm-64': 'TC-LSTM, 64 neurons',
  'paper-mfb-20': 'TC-LSTM, 20 mel bands',
  'paper-mfb-64': 'TC-LSTM, 64 mel bands',
  'paper-modulation': 'TC-LSTM, modulation features',
} as const;
export type PaperRecipe = keyof typeof MODELS;
export const PAPER_RECIPES = Object.keys(MODELS) as PaperRecipe[];

export type Part = 'validation' | 'evaluation';

/** A row of a table: our recipe, and what the paper prints for the same, where it prints anything. */
export interface ScoreRow {
  label: string;
  recipe: PaperRecipe;
  part: Part;
  printed?: PrintedScores;
}

const NEURONS = [16, 32, 64] as const;

/** Table I: the size of the LSTM, on the validation and the evaluation people. */
export const TABLE_1: readonly ScoreRow[] = (['validation', 'evaluation'] as const).flatMap((part) =>
  NEURONS.map((neurons) => ({
    label: `${neurons}`,
    recipe: `paper-lstm-${neurons}` as const,
    part,
    printed: PRINTED_TABLE_1[part][neurons],
  })),
);

/** Table II: with and without convolution over time, 32 neurons. */
export const TABLE_2: readonly ScoreRow[] = [
  { label: 'LSTM', recipe: 'paper-lstm-32', part: 'evaluation', printed: PRINTED_TABLE_2.lstm },
  { label: 'TC-LSTM', recipe: 'paper-tc-lstm-32', part: 'evaluation', printed: PRINTED_TABLE_2.tcLstm },
];

/** Rates per minute that Table III and Figure 6 keep apart; 15 and 25 themselves belong to the middle. */
export const RATE_BANDS = [
  { label: 'below 15', holds: (rrPerMinute: number): boolean => rrPerMinute < 15 },
  { label: '15 to 25', holds: (rrPerMinute: number): boolean => rrPerMinute >= 15 && rrPerMinute <= 25 },
  { label: 'above 25', holds: (rrPerMinute: number): boolean => rrPerMinute > 25 },
] as const;

/** Table III and Figure 6: before and after augmentation. */
export const TABLE_3: readonly { recipe: PaperRecipe; printed: readonly [number, number, number] }[] = [
  { recipe: 'paper-lstm-32', printed: PRINTED_TABLE_3.lstm },
  { recipe: 'paper-tc-lstm-32', printed: PRINTED_TABLE_3.tcLstm },
  { recipe: 'paper-lstm-32-augmented', printed: PRINTED_TABLE_3.lstmAugmented },
  { recipe: 'paper-tc-lstm-32-augmented', printed: PRINTED_TABLE_3.tcLstmAugmented },
];

/** What the text says without a figure: 40 bands were best on the validation set; modulation features were tried. */
export const FRONT_ENDS: readonly ScoreRow[] = (['validation', 'evaluation'] as const).flatMap((part) => [
  { label: 'MFB, 20 bands', recipe: 'paper-mfb-20', part },
  { label: 'MFB, 40 bands', recipe: 'paper-tc-lstm-32', part },
  { label: 'MFB, 64 bands', recipe: 'paper-mfb-64', part },
  { label: 'modulation features', recipe: 'paper-modulation', part },
]);

/** Sizes of the TC-LSTM, which the paper gives for the LSTM alone; and the augmented trainings over all rates. */
export const TC_LSTM_SIZES: readonly ScoreRow[] = (['validation', 'evaluation'] as const).flatMap((part) =>
  NEURONS.map((neurons) => ({ label: `${neurons}`, recipe: `paper-tc-lstm-${neurons}` as const, part })),
);
export const AUGMENTATION: readonly ScoreRow[] = TABLE_3.map(({ recipe }) => ({
  label: MODELS[recipe],
  recipe,
  part: 'evaluation',
}));

/** Panels of the learning curves, with short names for their legends. */
export const CURVES: readonly { title: string; lines: readonly { label: string; recipe: PaperRecipe }[] }[] = [
  {
    title: 'Size of the LSTM',
    lines: NEURONS.map((neurons) => ({ label: `${neurons} neurons`, recipe: `paper-lstm-${neurons}` })),
  },
  {
    title: 'Size of the TC-LSTM',
    lines: NEURONS.map((neurons) => ({ label: `${neurons} neurons`, recipe: `paper-tc-lstm-${neurons}` })),
  },
  {
    title: 'Front ends (TC-LSTM, 32 neurons)',
    lines: [
      { label: '20 bands', recipe: 'paper-mfb-20' },
      { label: '40 bands', recipe: 'paper-tc-lstm-32' },
      { label: '64 bands', recipe: 'paper-mfb-64' },
      { label: 'modulation', recipe: 'paper-modulation' },
    ],
  },
  {
    title: 'Augmentation (32 neurons; + is augmented)',
    lines: [
      { label: 'LSTM', recipe: 'paper-lstm-32' },
      { label: 'TC-LSTM', recipe: 'paper-tc-lstm-32' },
      { label: 'LSTM +', recipe: 'paper-lstm-32-augmented' },
      { label: 'TC-LSTM +', recipe: 'paper-tc-lstm-32-augmented' },
    ],
  },
];
