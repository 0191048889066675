import {
  DEFAULT_MODULATION,
  type StandardisedConfig,
  type UnfittedFrontEnd,
  createFrameExtractor,
  framesIn,
  unstandardised,
} from '#libs/features';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { Statistics } from './standardisation.js';

/** Turns samples into frames of features every 10 ms, not standardised yet. */
export interface Frames {
  /** Numbers per frame. */
  width: number;
  /** [n, width] row by row. */
  of(samples: Float32Array): Float32Array;
}

export function framesOf(config: PaperRecipe['frontEnd']): Frames {
  const frontEnd = unstandardised(unfitted(config));
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  return {
    width: frontEnd.featureWidth,
    of: (samples) => frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor)).features,
  };
}

/** What turns a window's frames into exactly what `prepareExamples` trained on, as it stands in a bundle. */
export function fittedFrontEnd(
  { frontEnd, windowNormalisation }: Pick<PaperRecipe, 'frontEnd' | 'windowNormalisation'>,
  { means, deviations }: Statistics,
): StandardisedConfig {
  return {
    ...unfitted(frontEnd),
    means: [...means],
    deviations: [...deviations],
    ...(windowNormalisation === 'none' ? {} : { windowDeviationOffset: windowNormalisation.deviationOffset }),
  };
}

function unfitted(config: PaperRecipe['frontEnd']): UnfittedFrontEnd {
  return config.kind === 'mel'
    ? { kind: 'log-mel-standardised', bands: config.bands, deltas: config.deltas }
    : { kind: 'modulation-standardised', modulation: DEFAULT_MODULATION, deltas: false };
}
