import { mixAtSnr, stretchOf } from '../draws/mix.js';
import { type Random, pick, seededRandom, uniform } from '../draws/random.js';
import type { NoiseSound } from '../draws/sounds.js';

/** The SNR columns of `evaluate --json`, in dB. */
export const SNR_LEVELS = [20, 10, 5, 0] as const;
export type SnrLevel = (typeof SNR_LEVELS)[number];

/** Noise is judged once without and once with noise at an SNR from this range. */
const NOISE_JUDGED_DB = [10, 30] as const;

/** One copy per SNR level, then one for the noise judgement. Depends on the segment's name and the seed alone. */
export function noisyCopies(
  samples: Float32Array,
  noise: readonly NoiseSound[],
  seed: number,
  segmentId: string,
): Float32Array[] {
  const random = seededRandom(seed, ...Buffer.from(segmentId));
  const mix = (snrDb: number) => mixAtSnr(samples, audibleStretch(noise, samples.length, random), snrDb);
  return [...SNR_LEVELS.map(mix), mix(uniform(random, ...NOISE_JUDGED_DB))];
}

/** A stretch of any clip; clips with long silences are tried again, since no gain makes silence noisy. */
export function audibleStretch(noise: readonly NoiseSound[], samples: number, random: Random): Float32Array {
  for (let attempt = 0; ; attempt++) {
    const stretch = stretchOf(pick(random, noise).samples, samples, random());
    if (attempt === 20 || stretch.some((sample) => sample !== 0)) return stretch;
  }
}
