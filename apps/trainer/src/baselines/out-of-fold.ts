import type { BaselineSegment } from '../evaluation/observe-baselines.js';
import { SNR_LEVELS } from '../evaluation/noisy-copies.js';
import { BASELINE_NAMES, type BaselineRates } from './rates.js';

const COLUMNS = ['segment_id', 'recording_id', 'subject_id', 'snr_db', 'rr_bpm', ...BASELINE_NAMES];

/** One row per segment and SNR ('clean' as recorded), one column per baseline, per minute. */
export function baselineTable(segments: readonly BaselineSegment[]): string {
  const rows = segments.flatMap(({ segmentId, recordingId, subjectId, rrPerMinute, baselines, noisyBaselines }) => {
    const row = (snr: string, rates: BaselineRates): string => {
      const values = [rrPerMinute, ...BASELINE_NAMES.map((name) => rates[name] ?? NaN)];
      return [segmentId, recordingId, subjectId, snr, ...values.map((value) => value.toFixed(2))].join(',');
    };
    const noisy = noisyBaselines ? SNR_LEVELS.map((level) => row(String(level), noisyBaselines[level])) : [];
    return [row('clean', baselines), ...noisy];
  });
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}
