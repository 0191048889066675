import type { Prediction, Thresholds } from '#libs/breath-model';
import { qualityOf } from '#libs/breath-model';
import { SNR_LEVELS } from './noisy-copies.js';
import type { Observations } from './observe.js';

/** In a cross-validation's folder. */
export const SEGMENTS_FILE = 'segments.csv';

const SEGMENT_COLUMNS = 'seed,segment_id,recording_id,subject_id,snr_db,rr_bpm,predicted_rr_bpm,rr_std_dev,p_none,p_normal,p_heavy,p_noise,quality'; // prettier-ignore
const WINDOW_COLUMNS = 'seed,recording_id,subject_id,snr_db,window,start_s,seconds,rr_bpm,predicted_rr_bpm,rr_std_dev,p_noise,quality'; // prettier-ignore

/** Out-of-fold observations of one training seed. */
export interface SeededObservations {
  seed: number;
  observations: Observations;
}

/** One row per segment and SNR ('clean' as recorded): what a network said that never heard the person. */
export function segmentTable(seeds: readonly SeededObservations[], thresholds: Thresholds): string {
  const rows = seeds.flatMap(({ seed, observations }) =>
    observations.segments.flatMap(({ segmentId, recordingId, subjectId, rrPerMinute, clean, noisy }) =>
      conditions(clean, noisy).map(([snr, p]) => {
        const classes = [p.pNone, p.pNormal, p.pHeavy, p.pNoise].map(share);
        const rates = [rrPerMinute, p.rrPerMinute, p.rrStdDev].map(rate);
        return [seed, segmentId, recordingId, subjectId, snr, ...rates, ...classes, qualityOf(p, thresholds)].join(',');
      }),
    ),
  );
  return `${[SEGMENT_COLUMNS, ...rows].join('\n')}\n`;
}

/**
 * One row per window of each recording, in order of time, as the estimator makes them: the residuals of one recording
 * and condition are a sequence whose errors depend on one another.
 */
export function windowTable(seeds: readonly SeededObservations[], thresholds: Thresholds): string {
  const rows = seeds.flatMap(({ seed, observations }) =>
    observations.recordings.flatMap(({ recordingId, subjectId, windows }) =>
      ['clean', ...SNR_LEVELS].flatMap((snr, condition) =>
        windows.flatMap(({ start, seconds, rrPerMinute, clean, noisy }, at) => {
          const p = conditions(clean, noisy)[condition]?.[1];
          if (p === undefined) return [];
          const times = [start, seconds].map((value) => value.toFixed(2));
          const rates = [rrPerMinute, p.rrPerMinute, p.rrStdDev].map(rate);
          return [
            [seed, recordingId, subjectId, snr, at, ...times, ...rates, share(p.pNoise), qualityOf(p, thresholds)].join(
              ',',
            ),
          ];
        }),
      ),
    ),
  );
  return `${[WINDOW_COLUMNS, ...rows].join('\n')}\n`;
}

function conditions(clean: Prediction, noisy?: Record<number, Prediction>): [string, Prediction][] {
  const levels = noisy
    ? SNR_LEVELS.map((level): [string, Prediction] => [String(level), noisy[level] as Prediction])
    : [];
  return [['clean', clean], ...levels];
}

const rate = (value: number): string => value.toFixed(2);
const share = (value: number): string => value.toFixed(3);
