import { f1, mean, quantile } from '#libs/agreement';
import { type Prediction, type Thresholds, qualityOf } from '#libs/breath-model';

/** Where nothing tells a better one. */
export const NOISE_THRESHOLD = 0.5;
/** A few of the steps in which the probability is published: below this, a threshold would tell rounding apart. */
const LOWEST_NONE = 0.02;
const NONE_CANDIDATES = [0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 1];
const NOISE_CANDIDATES = Array.from({ length: 19 }, (_, at) => (at + 1) / 20);

interface Choice {
  /** Share of the breathing windows that shall be accepted. */
  acceptedShare: number;
  /** Accepted shares of breath-free sound, by class. */
  falseAccepts: (thresholds: Thresholds) => number[];
  /** What is settled already. */
  fixed: Pick<Thresholds, 'pNoise' | 'lowestRate' | 'highestRate'>;
}

/**
 * Among the thresholds that accept a share of breathing windows, those that accept the smallest share of the breath-free
 * class that fares worst; undefined where none accept so many.
 */
export function chooseThresholds(
  breathing: readonly Prediction[],
  { acceptedShare, falseAccepts, fixed }: Choice,
): Thresholds | undefined {
  let best: { thresholds: Thresholds; wrong: number } | undefined;
  for (const candidate of NONE_CANDIDATES) {
    const pNone = Math.max(LOWEST_NONE, roundUp(quantile(breathing.map((prediction) => prediction.pNone), candidate))); // prettier-ignore
    const open = { pNone, relativeStdDev: Number.MAX_VALUE, ...fixed };
    const accepted = breathing.filter((prediction) => qualityOf(prediction, open) === 'ok');
    const wanted = (acceptedShare * breathing.length) / accepted.length;
    if (wanted > 1) continue;
    const spread = accepted.map(({ rrStdDev, rrPerMinute }) => rrStdDev / rrPerMinute);
    const thresholds = { ...open, relativeStdDev: roundUp(quantile(spread, wanted)) };
    const shares = falseAccepts(thresholds);
    const wrong = Math.max(0, ...shares) + mean([0, ...shares]);
    if (best === undefined || wrong < best.wrong) best = { thresholds, wrong };
  }
  return best?.thresholds;
}

/**
 * The probability from which on "noise" is right most often, by the F1 of windows without and with noise.
 * @param probabilities of noise, one per window
 * @param actual whether there is noise
 */
export function noiseThresholdOf(probabilities: readonly number[], actual: readonly boolean[]): number {
  let best = { threshold: NOISE_THRESHOLD, score: 0 };
  for (const threshold of NOISE_CANDIDATES) {
    const score = f1(probabilities.map((p) => p >= threshold), actual, true); // prettier-ignore
    if (score > best.score) best = { threshold, score };
  }
  return best.threshold;
}

const roundUp = (value: number): number => Math.min(1, Math.ceil(value * 1000) / 1000);
