/** What a reader must know before comparing (METHOD, "Labels" and "Data of the paper"). */
export const HOW_TO_READ: readonly string[] = [
  'Rows marked "paper" are printed in Kumar et al. (2021) and were measured on its own recordings of 21 people, which are not public. Rows marked "ours" were measured here, on another data set, with our recipes: the paper’s stated values plus ours wherever it states none. Neither says what the other would have found.',
  'The paper states no split, normalisation, pooling, loss weights or number of seeds, and no interval. Here the people are dealt into three parts once, and with so few of them another deal would move every figure: look at the 95 % interval of the CCC (bootstrap over people) before comparing two rows.',
  'Figures are means over seeds, with the lowest and the highest in brackets. Seeds share people and split, so their range says how much the start of a training matters, not how the figures would move on other people.',
  'MSE is in squares of the standard deviation of the training rates. The paper’s MSE cannot be in (breaths/min)²: its CCC and its MSE imply labels with a deviation near 1. MAE in breaths/min stands beside it.',
  'The abstract’s MSE of 0.2 belongs to the augmented TC-LSTM in Table III; the CCC of 0.76 goes with an MSE of 0.31 (Table II). The "detection accuracy of 66 %" is an F1, and the LSTM’s; the TC-LSTM has 63.0.',
  'The networks learn "heavy" as above 30 breaths/min (Section IV); the ranges of Table III and Figure 6, and the abstract, use 25. F1 breath is the mean over the classes that occur (none, normal, heavy), F1 noise that of the class "noise"; the paper does not say which it means.',
  'Labels are whole counts of breaths in 4-7 s, so they jump in steps of 8.6 to 15 breaths/min; part of every error is the label’s. All segments count, those without breath with a rate of 0.',
  'The best epoch is picked by the CCC on the validation people, so their figures flatter.',
  'Augmentation mixes noise at three levels (10-20, 20-30 and 30-40 dB) into indoor training recordings; the text also says "between 20 to 40 dBs", which these bands contradict.',
];

export const RECIPES_NOTE =
  'Files of recipes/. Values that the paper does not state are marked "ours"; where a file extends another, it holds only what differs.';
