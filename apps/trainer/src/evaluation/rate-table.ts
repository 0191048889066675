import { join } from 'node:path';
import { existsSync, statSync } from 'node:fs';
import { dataFault, readCsv } from '../data/csv.js';
import type { BaselineName } from '../baselines/rates.js';
import type { BaselineObservation } from './baseline-agreement.js';
import { SNR_LEVELS } from './noisy-copies.js';
import type { SegmentObservation } from './observe.js';

/** The columns of agreement, in the order in which they are shown. */
export const CONDITIONS = ['clean', ...SNR_LEVELS.map((level) => `snr${level}` as const)] as const;
export type Condition = (typeof CONDITIONS)[number];

/** What somebody said about segments: one list of rates per training seed, each in the order of the segments. */
export interface RateTable {
  name: string;
  segments: { segmentId: string; subjectId: string; rrPerMinute: number }[];
  columns: Partial<Record<Condition, number[][]>>;
}

/** Of a network that was just run. */
export function networkTable(name: string, observed: readonly SegmentObservation[]): RateTable {
  return tableOf(
    name,
    observed,
    ({ clean }) => clean.rrPerMinute,
    ({ noisy }, level) => noisy?.[level].rrPerMinute,
  );
}

/** Of a baseline that was just run. */
export function baselineTableOf(
  name: BaselineName,
  observed: readonly (BaselineObservation & { segmentId: string; subjectId: string })[],
): RateTable {
  return tableOf(
    name,
    observed,
    ({ baselines }) => baselines[name],
    ({ noisyBaselines }, level) => noisyBaselines?.[level][name],
  );
}

function tableOf<Observed extends RateTable['segments'][number]>(
  name: string,
  observed: readonly Observed[],
  clean: (segment: Observed) => number | undefined,
  noisy: (segment: Observed, level: (typeof SNR_LEVELS)[number]) => number | undefined,
): RateTable {
  const columns: RateTable['columns'] = {};
  const add = (condition: Condition, rates: (number | undefined)[]): void => {
    if (rates.every((rate) => rate !== undefined)) columns[condition] = [rates];
  };
  add('clean', observed.map(clean));
  for (const level of SNR_LEVELS) {
    add(
      `snr${level}`,
      observed.map((segment) => noisy(segment, level)),
    );
  }
  return { name, segments: [...observed], columns };
}

/** The file of out-of-fold rates that a path names: itself, or segments.csv in the folder. */
export function outOfFoldFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const file = statSync(path).isDirectory() ? join(path, 'segments.csv') : path;
  return file.endsWith('.csv') && existsSync(file) ? file : undefined;
}

/**
 * Reads a table with a row per segment and condition: segments.csv of `crossvalidate`, or out-of-fold.csv of `baselines`.
 * @param column of the rates, per minute
 * @throws EupneaError DATA_INVALID naming file and line
 */
export function readRateTable(name: string, file: string, column: string): RateTable {
  const rows = readCsv(file, ['segment_id', 'subject_id', 'snr_db', 'rr_bpm', column]);
  const segments = new Map<string, RateTable['segments'][number]>();
  const rates = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const segmentId = row.text('segment_id');
    const segment = { segmentId, subjectId: row.text('subject_id'), rrPerMinute: row.number('rr_bpm') };
    if (!segments.has(segmentId)) segments.set(segmentId, segment);
    const snr = row.oneOf('snr_db', ['clean', ...SNR_LEVELS.map(String)]);
    const key = `${snr === 'clean' ? snr : `snr${snr}`} ${row.has('seed') ? row.text('seed') : ''}`;
    const known = rates.get(key) ?? new Map<string, number>();
    if (known.has(segmentId)) throw row.fault(`segment '${segmentId}' stands twice`);
    rates.set(key, known.set(segmentId, row.number(column)));
  }
  const columns: RateTable['columns'] = {};
  for (const [key, known] of rates) {
    const condition = key.split(' ')[0] as Condition;
    const complete = [...segments.keys()].map((segmentId) => known.get(segmentId));
    if (complete.some((rate) => rate === undefined)) throw dataFault(`${file}: not every segment has a rate at '${key.trim()}'`); // prettier-ignore
    (columns[condition] ??= []).push(complete as number[]);
  }
  return { name, segments: [...segments.values()], columns };
}
