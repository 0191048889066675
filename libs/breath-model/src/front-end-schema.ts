import { MEL_BANDS, type StandardisedConfig, modulationFault, standardisedWidth } from '#libs/features';
import { z } from 'zod';

const positive = z.number().positive();
const whole = z.int().positive();

const logMelNormalised = z.strictObject({
  kind: z.literal('log-mel-normalised'),
  sampleScale: positive,
  logOffset: positive,
  framesPerStep: whole,
  deviationOffset: positive,
  levelScale: positive,
  levelDeviation: z.number(),
  loudness: z.strictObject({ centre: z.number(), scale: positive }).optional(),
});

const standardisation = {
  deltas: z.boolean(),
  means: z.array(z.number()),
  deviations: z.array(positive),
  windowDeviationOffset: positive.optional(),
};

const logMelStandardised = z.strictObject({
  kind: z.literal('log-mel-standardised'),
  bands: z.literal(MEL_BANDS),
  ...standardisation,
});

/** More would make a bundle's frames cost more than a service can give. */
const MOST_SUB_BANDS = 128;
const LONGEST_FRAME_SAMPLES = 16_000;

const modulation = z
  .strictObject({
    bands: whole.max(MOST_SUB_BANDS),
    lowHz: positive,
    highHz: positive,
    bandwidthErbs: positive,
    contextSamples: z.int().min(0).max(LONGEST_FRAME_SAMPLES),
    windowSamples: whole.max(LONGEST_FRAME_SAMPLES),
    compressionRoot: positive,
    coefficients: whole,
  })
  .superRefine((config, context) => {
    const message = modulationFault(config);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const modulationStandardised = z.strictObject({
  kind: z.literal('modulation-standardised'),
  modulation,
  ...standardisation,
});

/** `FrontEndConfig` of libs/features; another `kind` is a front end that this version does not implement. */
export const frontEndSchema = z
  .discriminatedUnion('kind', [logMelNormalised, logMelStandardised, modulationStandardised], {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'this version knows log-mel-normalised, log-mel-standardised and modulation-standardised'
        : undefined,
  })
  .refine((config) => config.kind === 'log-mel-normalised' || hasOnePerFeature(config), {
    message: 'means and deviations need one number per feature',
  });

function hasOnePerFeature(config: StandardisedConfig): boolean {
  const width = standardisedWidth(config);
  return config.means.length === width && config.deviations.length === width;
}
