import { dataFault, eachRow, refuse } from '../data/csv.js';
import { SNR_LEVELS } from './noisy-copies.js';
import { CONDITIONS, type Condition, type RateTable, type RatedSegment } from './rate-table.js';

const SNR_WORDS = ['clean', ...SNR_LEVELS.map(String)];

/**
 * Reads a table with a row per segment and condition: segments.csv of `crossvalidate`, or out-of-fold.csv of `baselines`.
 * Where it has a column `seed`, each training seed is a list of its own.
 * @param column of the rates, per minute
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
export function readRateTable(name: string, file: string, column: string): RateTable {
  const segments = new Map<string, RatedSegment>();
  const lists = new Map<string, { condition: Condition; rates: Map<string, number> }>();
  eachRow(file, ['segment_id', 'subject_id', 'snr_db', 'rr_bpm', column], refuse, (row) => {
    const segmentId = row.text('segment_id');
    const segment = { segmentId, subjectId: row.text('subject_id'), rrPerMinute: row.number('rr_bpm') };
    const known = segments.get(segmentId) ?? segment;
    if (known.subjectId !== segment.subjectId || known.rrPerMinute !== segment.rrPerMinute) {
      throw row.fault(`segment '${segmentId}' has another person or reference above`);
    }
    segments.set(segmentId, known);
    const condition = CONDITIONS[SNR_WORDS.indexOf(row.oneOf('snr_db', SNR_WORDS))] as Condition;
    const key = `${condition} ${row.optional('seed') ?? ''}`;
    const { rates } = lists.get(key) ?? { rates: new Map<string, number>() };
    if (rates.has(segmentId)) throw row.fault(`segment '${segmentId}' stands twice`);
    lists.set(key, { condition, rates: rates.set(segmentId, row.number(column)) });
  });
  if (segments.size === 0) throw dataFault(`${file}: no segments`);
  const columns: RateTable['columns'] = {};
  for (const [key, { condition, rates }] of lists) {
    const missing = [...segments.keys()].find((segmentId) => !rates.has(segmentId));
    if (missing !== undefined) throw dataFault(`${file}: segment '${missing}' has no rate at '${key.trim()}'`);
    (columns[condition] ??= []).push([...segments.keys()].map((segmentId) => rates.get(segmentId) as number));
  }
  return { name, segments: [...segments.values()], columns };
}
