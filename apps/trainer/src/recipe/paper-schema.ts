import { z } from 'zod';

const share = z.number().min(0).max(1);
const positive = z.number().positive();
const whole = z.int().positive();
const none = z.literal('none');
const snrBand = z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, 'the first exceeds the second');

const frontEnd = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mel'),
    bands: z.union([z.literal(20), z.literal(40), z.literal(64)]),
    /** Appends the first differences over time (Kaldi's add-deltas). */
    deltas: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('modulation') }),
]);

/** A recipe of the paper's own experiments: its stated values and ours. Strict: an unknown key is a fault. */
export const paperRecipeSchema = z.strictObject({
  method: z.literal('paper'),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  seed: z.int().min(0),
  frontEnd,
  /** On top of the z-scores: (x - mean) / (deviation + offset) over each segment's own frames. */
  windowNormalisation: z.union([none, z.strictObject({ deviationOffset: positive })]),
  labels: z.strictObject({ heavyTrainingThreshold: positive, heavyEventThreshold: positive }),
  network: z.strictObject({
    /** Over time, 'same', with as many filters as features; `none` is the paper's LSTM. */
    convolution: z.union([none, z.strictObject({ kernel: whole.refine((size) => size % 2 === 1, 'must be odd') })]),
    /** Of the LSTM and of the breath embedding; the noise embedding has a quarter. */
    units: whole.multipleOf(4),
    /** Behind the convolution and in the two embeddings. */
    activation: z.enum(['relu', 'tanh']),
    /** Over the LSTM's states: the last valid one, or the mean of the valid ones. */
    pooling: z.enum(['last', 'mean']),
    /** `linear`: RR and RC from the breath embedding; `density`: RC is the sum of a density over the frames. */
    countHead: z.enum(['linear', 'density']),
  }),
  loss: z
    .strictObject({
      /** Share of RR in the CCC loss; the rest is RC's. */
      alpha: share,
      beta: share,
      gamma: share,
      kappa: share,
      focal: z.enum(['plain', 'balance-oriented']),
      focalGamma: z.number().min(0),
      dynamicWeights: z.union([none, z.strictObject({ temperature: positive })]),
    })
    .refine(({ beta, gamma, kappa }) => beta + gamma + kappa <= 1 + 1e-9, 'beta + gamma + kappa exceeds 1'),
  optimiser: z.strictObject({
    learningRate: positive,
    beta1: share,
    beta2: share,
    batch: whole,
    clipNorm: positive,
    /** At most. */
    epochs: whole,
    /** Epochs without a better validation CCC of RR before training stops. */
    patience: whole,
  }),
  augmentation: z.union([
    none,
    z.strictObject({
      /** One noisy copy of each indoor training segment per band. */
      snrDb: z.array(snrBand).min(1),
      /** Copies at this SNR or less are labelled noise. */
      noisyAtDb: z.number(),
    }),
  ]),
});

export type PaperRecipe = z.infer<typeof paperRecipeSchema>;
