import { concordance, mean, meanAbsoluteError, median } from '#libs/agreement';
import { type Prediction, type Thresholds, qualityOf } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import type { PacedSound } from '../data/paced-data.js';
import { cut } from '../draws/mix.js';
import type { Predictor } from './observe.js';
import { rounded } from './rounded.js';
import { type WindowGrid, windowsWithin } from './windows.js';

/** Agreement of pooled minutes with the beat to which people breathed. */
export interface PacedAgreement {
  /** Minutes; all of them count below. */
  n: number;
  ccc: number;
  /** Breaths per minute. */
  mae: number;
  /** Share of the windows that the confidence lets through. */
  accepted: number;
}

type PacedMinute = Pick<PacedSound, 'pacedRrPerMinute' | 'samples'>;

/** A minute's rate is the median over its windows, accepted or not, as `recordings` of the summary is. */
export async function pacedAgreement(
  predict: Predictor,
  minutes: readonly PacedMinute[],
  grid: WindowGrid,
  thresholds: Thresholds,
  onProgress: (done: number) => void = () => {},
): Promise<PacedAgreement> {
  const pooled: number[] = [];
  const windows: Prediction[] = [];
  for (const { samples } of minutes) {
    const places = windowsWithin(0, samples.length / ANALYSIS_RATE_HZ, grid);
    const predictions = await predict(places.map(({ start, end }) => cut(samples, start, end)));
    windows.push(...predictions);
    pooled.push(median(predictions.map(({ rrPerMinute }) => rrPerMinute)));
    onProgress(pooled.length);
  }
  const beats = minutes.map(({ pacedRrPerMinute }) => pacedRrPerMinute);
  return {
    n: pooled.length,
    ccc: rounded(concordance(pooled, beats)),
    mae: rounded(meanAbsoluteError(pooled, beats)),
    accepted: rounded(mean(windows.map((prediction) => (qualityOf(prediction, thresholds) === 'ok' ? 1 : 0)))),
  };
}
