import { z } from 'zod';

const share = z.number().min(0).max(1);
const positive = z.number().positive();
const whole = z.int().positive();
const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, 'the first exceeds the second');

/** A training recipe: every value that METHOD leaves to configuration. Strict: an unknown key is a fault. */
export const recipeSchema = z.strictObject({
  /** Tells this kind of recipe from the paper's (`paper-schema.ts`). */
  method: z.literal('rate-bins').default('rate-bins'),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  seed: z.int().min(0),
  frontEnd: z.strictObject({
    kind: z.literal('log-mel-normalised'),
    sampleScale: positive,
    logOffset: positive,
    framesPerStep: whole,
    deviationOffset: z.number().min(0),
    levelScale: positive,
    levelDeviation: z.number(),
    /** Adds the absolute level of the window to what the noise head sees. */
    loudness: z.strictObject({ centre: z.number(), scale: positive }).optional(),
  }),
  labels: z.strictObject({
    heavyTrainingThreshold: positive,
    heavyEventThreshold: positive,
    noiseBelowSnrDb: z.number(),
  }),
  network: z
    .strictObject({
      convolutionFilters: whole,
      firstKernel: whole,
      firstStride: whole,
      secondKernel: whole,
      /** 0 leaves the LSTM out: the heads then see the mean of the second convolution. */
      lstmUnits: z.int().min(0),
      embedding: whole,
      noiseEmbedding: whole,
      rates: z.strictObject({ bins: whole, lowest: positive, highest: positive }),
      periodicity: z.strictObject({
        /** What the channels are mixed from: the second convolution alone, or the LSTM's outputs as well. */
        hears: z.enum(['convolution', 'both']),
        channels: whole,
        frequencies: whole,
        stepsPerHz: positive,
        shownFrequencies: whole,
        powerFloor: positive,
        lags: whole,
        firstLag: positive,
        lagStep: positive,
        units: whole,
      }),
    })
    .refine(({ lstmUnits, periodicity }) => lstmUnits > 0 || periodicity.hears === 'convolution', {
      path: ['periodicity', 'hears'],
      message: "'both' needs an LSTM (network.lstmUnits is 0)",
    }),
  loss: z.strictObject({
    agreement: share,
    rateShare: share,
    classEntropy: share,
    classFocal: share,
    focalGamma: z.number().min(0),
    noiseEntropy: share,
    bins: share,
    binDeviation: positive,
    phase: share,
  }),
  optimiser: z.strictObject({
    steps: whole,
    batch: whole,
    learningRate: positive,
    warmUpSteps: z.int().min(0),
    finalRateShare: share,
    clipNorm: positive,
    averageDecay: share,
  }),
  draws: z.strictObject({
    seconds: range,
    /** How many items are rendered; trainings pass over them again and again. */
    items: whole,
    noiseOnly: z.strictObject({ probability: share, levelDb: range, byClass: share }),
    /** Synthesised breath-free clips of each kind, beside those of the noise folder. */
    syntheticClips: z.int().min(0),
    microphone: z.strictObject({
      bandLimit: z.strictObject({ probability: share, hz: range }),
      suppression: z.strictObject({ probability: share, strength: range }),
    }),
    speed: z.strictObject({
      probability: share,
      factors: z.array(positive).min(1),
      compression: z.strictObject({ probability: share, most: z.number().min(1) }),
      highestRate: positive,
    }),
    recombination: z.strictObject({
      probability: share,
      shortestCycle: positive,
      shuffled: share,
      gainDeviationDb: z.number().min(0),
      ownSpeed: share,
      pauses: share,
      quietSeconds: positive,
      longestPause: positive,
    }),
    noise: z.strictObject({
      probability: share,
      snrDb: range,
      byClass: share,
      reversed: share,
      /** Clips are played up to so many times as fast, or as slow. */
      speed: z.number().min(1),
    }),
    gainDb: range,
  }),
  evaluation: z.strictObject({
    folds: z.int().min(2),
    windowSeconds: z.number().min(4).max(7),
    hopSeconds: positive,
    acceptedShare: share,
    rangeMargin: z.number().min(1),
  }),
});

export type Recipe = z.infer<typeof recipeSchema>;
