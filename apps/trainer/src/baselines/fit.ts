import { mean, variance } from '#libs/agreement';
import type { BreathSegment } from '../data/breath-data.js';
import { cut, mixAtSnr } from '../draws/mix.js';
import { seededRandom, shuffled, uniform } from '../draws/random.js';
import type { Sounds } from '../draws/sounds.js';
import { audibleStretch } from '../evaluation/noisy-copies.js';
import { type Envelope, atSpeed, envelopeOf } from './envelope.js';
import { type FittedBaselines, asStored, packKernelRidge } from './fitted.js';
import { fitKernelRidge } from './kernel-ridge.js';
import { peaksPerMinute } from './peak-counting.js';
import { periodicityFeatures } from './periodicity-features.js';

/**
 * How the kernel ridge is fitted; chosen on the development people, five folds by person. Copies at other speeds carry
 * most of the gain (CCC .85 without them, .90 with), noisy copies help in noise.
 */
const BASELINE_SETTINGS = {
  /** Each segment is also played at these speeds. */
  speeds: [1, 0.75, 4 / 3],
  /** No copy is faster than this, per minute. */
  highestRate: 130,
  /** SNR of the one noisy copy of each segment, in dB. */
  snrDb: [0, 25],
  /** Items that the kernel compares with. */
  landmarks: 600,
  /** Sharpness of the kernel x twice the features' total variance. */
  relativeSharpness: 0.3,
  ridge: 0.3,
} as const;

const COPY_STREAM = 11;
const LANDMARK_STREAM = 12;

interface Item {
  envelope: Envelope;
  rrPerMinute: number;
}

/**
 * Fits the baselines that need it to some people's segments.
 * @param sounds of the people and noise clips that may be heard; other people's segments are left out
 */
export function fitBaselines(sounds: Sounds, segments: readonly BreathSegment[], seed: number): FittedBaselines {
  const samples = new Map(sounds.recordings.map((recording) => [recording.recordingId, recording.samples]));
  const known = segments.filter(({ recordingId }) => samples.has(recordingId));
  const itemOf = (sound: Float32Array, { rrPerMinute }: BreathSegment): Item => ({
    envelope: envelopeOf(sound),
    rrPerMinute,
  });
  const cuts = known.map(({ recordingId, start, end }) => cut(samples.get(recordingId) as Float32Array, start, end));
  const clean = known.map((segment, at) => itemOf(cuts[at] as Float32Array, segment));
  const noisy = known.map((segment, at) => itemOf(noisyCopy(cuts[at] as Float32Array, segment, sounds, seed), segment));
  return {
    trainedOn: {
      people: new Set(known.map(({ subjectId }) => subjectId)).size,
      segments: known.length,
      noiseClips: sounds.noise.length,
      seed,
    },
    peakCounting: fitLine(
      clean.map(({ envelope }) => peaksPerMinute(envelope)),
      clean.map(({ rrPerMinute }) => rrPerMinute),
    ),
    kernelRidge: fitRidge(sounds.noise.length > 0 ? [...clean, ...noisy] : clean, seed),
  };
}

function noisyCopy(samples: Float32Array, { segmentId }: BreathSegment, { noise }: Sounds, seed: number): Float32Array {
  if (noise.length === 0) return samples;
  const random = seededRandom(seed, COPY_STREAM, ...Buffer.from(segmentId));
  return mixAtSnr(samples, audibleStretch(noise, samples.length, random), uniform(random, ...BASELINE_SETTINGS.snrDb));
}

function fitRidge(originals: readonly Item[], seed: number): FittedBaselines['kernelRidge'] {
  const { speeds, highestRate, landmarks, relativeSharpness, ridge } = BASELINE_SETTINGS;
  const items = speeds.flatMap((speed) =>
    originals
      .filter(({ rrPerMinute }) => speed === 1 || rrPerMinute * speed <= highestRate)
      .map(({ envelope, rrPerMinute }) => ({
        features: periodicityFeatures(atSpeed(envelope, speed)),
        target: rrPerMinute * speed,
      })),
  );
  const features = items.map((item) => item.features);
  const spread = (features[0] as Float64Array).reduce(
    (sum, _, at) => sum + variance(features.map((values) => values[at] as number)),
    0,
  );
  const chosen = shuffled(features, seededRandom(seed, LANDMARK_STREAM)).slice(0, landmarks).map(asStored);
  const targets = items.map(({ target }) => target);
  const settings = { sharpness: relativeSharpness / (2 * spread), ridge };
  return packKernelRidge(fitKernelRidge(features, targets, chosen, settings));
}

/** Least squares of y = intercept + slope x; a constant where x does not vary. */
function fitLine(x: readonly number[], y: readonly number[]): { slope: number; intercept: number } {
  const [centreX, centreY] = [mean(x), mean(y)];
  const products = x.map((value, at) => (value - centreX) * ((y[at] as number) - centreY));
  const slope = variance(x) > 0 ? mean(products) / variance(x) : 0;
  return { slope, intercept: centreY - slope * centreX };
}
