import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { MEL } from '#libs/features';
import type { Recipe } from '../recipe/schema.js';

/** Seconds between two frames of the network, behind the first convolution. */
export function frameSeconds({ frontEnd, network }: Pick<Recipe, 'frontEnd' | 'network'>): number {
  return (MEL.hopSamples * frontEnd.framesPerStep * network.firstStride) / ANALYSIS_RATE_HZ;
}

/** Centres of the rate bins per minute, evenly spaced in the logarithm. */
export function rateCentres({ bins, lowest, highest }: Recipe['network']['rates']): Float32Array {
  const step = bins > 1 ? Math.log(highest / lowest) / (bins - 1) : 0;
  return Float32Array.from({ length: bins }, (_, bin) => lowest * Math.exp(bin * step));
}

/**
 * The fixed Fourier transform of the periodicity branch: cosines, then sines, of f_j = (j + 1) / stepsPerHz Hz.
 * @returns [frames, 2 frequencies] row by row
 */
export function fourierTable(recipe: Pick<Recipe, 'frontEnd' | 'network'>, frames: number): Float32Array {
  const { frequencies, stepsPerHz } = recipe.network.periodicity;
  const seconds = frameSeconds(recipe);
  const table = new Float32Array(frames * 2 * frequencies);
  for (let frame = 0; frame < frames; frame++) {
    for (let j = 0; j < frequencies; j++) {
      const angle = (2 * Math.PI * (j + 1) * frame * seconds) / stepsPerHz;
      table[frame * 2 * frequencies + j] = Math.cos(angle);
      table[frame * 2 * frequencies + frequencies + j] = Math.sin(angle);
    }
  }
  return table;
}

/** From power at each frequency to the autocorrelation at each lag: [frequencies, lags] row by row. */
export function autocorrelationTable({ periodicity }: Recipe['network']): Float32Array {
  const { frequencies, stepsPerHz, lags, firstLag, lagStep } = periodicity;
  return Float32Array.from({ length: frequencies * lags }, (_, at) => {
    const frequency = (Math.floor(at / lags) + 1) / stepsPerHz;
    return Math.cos(2 * Math.PI * frequency * (firstLag + (at % lags) * lagStep));
  });
}

/** The logarithm of power is brought near unit scale: POWER_SCALE ln(P + floor) + POWER_OFFSET. */
export const POWER_SCALE = 0.5;
export const POWER_OFFSET = 2;
