/**
 * What Kumar et al. print. Nothing of it was measured here, and nothing of ours belongs in this file. F1 in percent,
 * MSE in squares of a standard deviation (METHOD, "Labels").
 */

export interface PrintedScores {
  ccc: number;
  rho: number;
  mse?: number;
  f1Breath: number;
  f1Noise?: number;
}

/** Table I: the LSTM by neurons. */
export const PRINTED_TABLE_1: Record<'validation' | 'evaluation', Record<16 | 32 | 64, PrintedScores>> = {
  validation: {
    16: { ccc: 0.79, rho: 0.85, f1Breath: 57.55, f1Noise: 88.82 },
    32: { ccc: 0.88, rho: 0.88, f1Breath: 64.76, f1Noise: 89.61 },
    64: { ccc: 0.85, rho: 0.85, f1Breath: 56.53, f1Noise: 93.65 },
  },
  evaluation: {
    16: { ccc: 0.59, rho: 0.65, f1Breath: 49.2, f1Noise: 66.91 },
    32: { ccc: 0.73, rho: 0.73, f1Breath: 66.33, f1Noise: 76.81 },
    64: { ccc: 0.62, rho: 0.62, f1Breath: 52.82, f1Noise: 65.04 },
  },
};

/** Table II: 32 neurons, evaluation set. */
export const PRINTED_TABLE_2: Record<'lstm' | 'tcLstm', PrintedScores> = {
  lstm: { ccc: 0.73, rho: 0.73, mse: 0.32, f1Breath: 66.33 },
  tcLstm: { ccc: 0.76, rho: 0.78, mse: 0.31, f1Breath: 63.0 },
};

/** Table III: MSE below 15, from 15 to 25 and above 25 breaths per minute. */
export const PRINTED_TABLE_3: Record<
  'lstm' | 'tcLstm' | 'lstmAugmented' | 'tcLstmAugmented',
  readonly [number, number, number]
> = {
  lstm: [0.33, 0.43, 0.29],
  tcLstm: [0.32, 0.42, 0.22],
  lstmAugmented: [0.28, 0.24, 0.29],
  tcLstmAugmented: [0.21, 0.2, 0.21],
};
