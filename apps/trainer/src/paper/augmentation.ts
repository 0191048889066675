import { mixAtSnr, stretchOf } from '../draws/mix.js';
import { pick, seededRandom, uniform } from '../draws/random.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { LabelledSegment, NoiseRecording, SegmentRecording } from './segment-set.js';

interface NoisyCopy {
  samples: Float32Array;
  snrDb: number;
  /** Quiet noise leaves the segment's own label. */
  noisy: boolean;
}

/** Clips with long silences are tried again, since no gain makes silence noisy. */
const ATTEMPTS = 20;

/**
 * Noisy copies of an indoor training segment, one per SNR band (Section V; the bands of METHOD, "Augmentation"). They
 * depend on the seed and the segment's name alone.
 */
export function noisyCopies(
  samples: Float32Array,
  {
    segment,
    recording,
    noise,
    augmentation,
    seed,
  }: {
    segment: LabelledSegment;
    recording: SegmentRecording;
    noise: readonly NoiseRecording[];
    augmentation: PaperRecipe['augmentation'];
    seed: number;
  },
): NoisyCopy[] {
  if (augmentation === 'none' || recording.environment !== 'indoor' || noise.length === 0) return [];
  const random = seededRandom(seed, ...Buffer.from(segment.segmentId));
  return augmentation.snrDb.map(([low, high]) => {
    let stretch = new Float32Array(0);
    for (let attempt = 0; attempt < ATTEMPTS && !stretch.some((sample) => sample !== 0); attempt++) {
      stretch = stretchOf(pick(random, noise).samples, samples.length, random()) as Float32Array<ArrayBuffer>;
    }
    const snrDb = uniform(random, low, high);
    return { samples: mixAtSnr(samples, stretch, snrDb), snrDb, noisy: snrDb <= augmentation.noisyAtDb };
  });
}
