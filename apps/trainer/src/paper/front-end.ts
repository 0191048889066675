import { MelFilterbank, MEL, kaldiLog } from '#libs/features';
import { EupneaError } from '#libs/contracts';
import type { PaperRecipe } from '../recipe/paper-schema.js';

/** Turns samples into frames of 25 ms every 10 ms. */
export interface Frames {
  /** Numbers per frame. */
  width: number;
  /** [n, width] row by row. */
  of(samples: Float32Array): Float32Array;
}

export function framesOf(config: PaperRecipe['frontEnd']): Frames {
  if (config.kind === 'mel' && config.bands === MEL.bands && !config.deltas) {
    const filterbank = new MelFilterbank();
    return { width: MEL.bands, of: (samples) => kaldiLog(filterbank.frames(samples)) };
  }
  throw new EupneaError('RECIPE_INVALID', `this version has no front end ${JSON.stringify(config)}`);
}
