import { MEL } from '#libs/features';
import type { Recipe } from '../recipe/schema.js';
import { type Random, uniform } from './random.js';

/** What is left of a band that a microphone or its software removes: 60 dB down. */
const REMOVED = 1e-6;
/** The noise floor of a band, as the quantile of its frames that noise suppression takes for noise. */
const FLOOR_QUANTILE = 0.2;

/**
 * What microphones and their software do to sound, done to its mel energies in place: a lower sample rate leaves
 * nothing above its half, and noise suppression subtracts each band's floor.
 * @param energies [frames, 40]
 */
export function degrade(
  energies: Float32Array,
  { bandLimit, suppression }: Recipe['draws']['microphone'],
  random: Random,
): void {
  if (random() < bandLimit.probability) limitBand(energies, uniform(random, ...bandLimit.hz));
  if (random() < suppression.probability) suppress(energies, uniform(random, ...suppression.strength));
}

/** Hz at the centre of a mel band. */
function centreHz(band: number): number {
  const highest = 1127 * Math.log(1 + MEL.highHz / 700);
  return 700 * (Math.exp(((band + 1) * highest) / (MEL.bands + 1) / 1127) - 1);
}

function limitBand(energies: Float32Array, hz: number): void {
  for (let band = 0; band < MEL.bands; band++) {
    if (centreHz(band) <= hz) continue;
    for (let at = band; at < energies.length; at += MEL.bands) energies[at] = REMOVED * (energies[at] as number);
  }
}

/** Spectral subtraction (Boll 1979) with a floor. */
function suppress(energies: Float32Array, strength: number): void {
  const frames = energies.length / MEL.bands;
  const values = new Float32Array(frames);
  for (let band = 0; band < MEL.bands; band++) {
    for (let frame = 0; frame < frames; frame++) values[frame] = energies[frame * MEL.bands + band] as number;
    const floor = strength * (values.sort()[Math.floor(FLOOR_QUANTILE * frames)] as number);
    for (let at = band; at < energies.length; at += MEL.bands) {
      const energy = energies[at] as number;
      energies[at] = Math.max(energy - floor, 0.01 * energy);
    }
  }
}
