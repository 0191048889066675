import { join } from 'node:path';
import type { LabelledSegment } from '../paper/segment-set.js';
import { readStretch, recordingOf } from './breath-data.js';
import { type OnFault, eachRow } from './csv.js';

/** Tables round times to 0.01 s and rates to 0.1 /min, so a count and its rate agree only to this. */
const ROUNDED_RATE = 0.06;
const ROUNDED_SHARE = 0.01;
const MOST_BREATHS = 50;

interface Place {
  recordingId: string;
  subjectId: string;
  /** Seconds of the recording in which labels may lie. */
  validStart: number;
  validEnd: number;
}

/**
 * Reads the counted labels of segments.csv: `breath_count_int` whole cycles and their `rr_bpm_int`; `noise` (0 or 1)
 * where there is one. The rate is worked out anew from count and times (paper, Section II), unrounded.
 */
export function readCountLabels(
  folder: string,
  recordings: ReadonlyMap<string, Place>,
  onFault: OnFault,
): LabelledSegment[] {
  const labels: LabelledSegment[] = [];
  const seen = new Set<string>();
  const columns = ['segment_id', 'recording_id', 'subject_id', 'start_s', 'end_s', 'breath_count_int', 'rr_bpm_int'];
  eachRow(join(folder, 'segments.csv'), columns, onFault, (row) => {
    const segmentId = row.text('segment_id');
    if (seen.has(segmentId)) throw row.fault(`segment '${segmentId}' stands twice`);
    seen.add(segmentId);
    const { recordingId, subjectId, validStart, validEnd } = recordingOf(row, recordings);
    const { start, end } = readStretch(row, validStart, validEnd);
    const breaths = row.number('breath_count_int', { min: 0, max: MOST_BREATHS });
    if (!Number.isInteger(breaths)) throw row.fault(`'breath_count_int' is ${breaths}, no whole number`);
    const rrPerMinute = (60 * breaths) / (end - start);
    const written = row.number('rr_bpm_int', { min: 0, max: 300 });
    if (Math.abs(written - rrPerMinute) > ROUNDED_RATE + ROUNDED_SHARE * rrPerMinute) {
      throw row.fault(
        `'rr_bpm_int' is ${written}, and ${breaths} breaths in ${(end - start).toFixed(2)} s are ${rrPerMinute.toFixed(1)}`,
      );
    }
    const noisy = row.optional('noise') !== undefined && row.oneOf('noise', ['0', '1']) === '1';
    labels.push({ segmentId, recordingId, subjectId, start, end, breaths, rrPerMinute, noisy });
  });
  return labels;
}
