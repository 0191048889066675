import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkSounds } from './check-sounds.js';
import { type OnFault, dataFault, tolerate } from './csv.js';
import { FaultList } from './fault-list.js';
import { hashData } from './folders.js';
import { readNoiseData } from './noise-data.js';
import { PACED_COLUMN, readPacedTables } from './paced-data.js';
import { assertSplitFits, readSplit } from './people-split.js';
import { hasTrials, readSegmentTables } from './segment-tables.js';
import { type Summary, summariseNoise, summarisePaced, summariseSegments } from './summarise-data.js';

export type Layout = 'trials' | 'breath' | 'paced' | 'noise';

/** What a check found in one folder: every fault as one line, and what is in it. */
export interface FolderCheck {
  folder: string;
  layout: Layout;
  faults: string[];
  summary: Summary;
}

/** By which of its files a folder is of a layout; undefined where it is of none. */
function layoutOf(folder: string): Layout | undefined {
  const has = (name: string) => existsSync(join(folder, name));
  if (hasTrials(folder) || has('participants.csv')) return 'trials';
  if (has('segments.csv')) return 'breath';
  if (has('recordings.csv')) {
    const header = readFileSync(join(folder, 'recordings.csv'), 'utf8').split(/\r?\n/, 1)[0] ?? '';
    return header.split(',').includes(PACED_COLUMN) ? 'paced' : 'breath';
  }
  return has('noise.csv') ? 'noise' : undefined;
}

/**
 * Checks a folder and those directly in it: tables, sounds, and a split where there is one.
 * @param onFolder is told the folder and how many sounds it has
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID when there is nothing of any layout
 */
export function checkData(data: string, onSound: (folder: string, done: number, of: number) => void): FolderCheck[] {
  if (!existsSync(data)) throw new EupneaError('FILE_NOT_FOUND', `there is no folder ${data}`);
  const inside = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(data, name))
    .sort();
  const checks = [data, ...inside].flatMap((folder) => {
    const layout = layoutOf(folder);
    return layout === undefined ? [] : [checkFolder(folder, layout, onSound)];
  });
  if (checks.length > 0) return checks;
  throw dataFault(`${data}: neither it nor a folder in it has segments.csv, recordings.csv or noise.csv`);
}

function checkFolder(
  folder: string,
  layout: Layout,
  onSound: (folder: string, done: number, of: number) => void,
): FolderCheck {
  const faults = new FaultList();
  const { summary, count } = READERS[layout](folder, faults.add);
  const table = join(folder, layout === 'noise' ? 'noise.csv' : 'recordings.csv');
  const sounds = layout === 'noise' ? folder : join(folder, 'audio');
  let seconds = 0;
  let done = 0;
  checkSounds(table, layout === 'noise' ? 'noise_id' : 'recording_id', sounds, faults.add, (length) => {
    seconds += length;
    onSound(folder, ++done, count);
  });
  const whole = { ...summary, hours: (seconds / 3600).toFixed(2), sha256: hashData([folder]) };
  return { folder, layout, faults: faults.lines, summary: whole };
}

const READERS: Record<Layout, (folder: string, onFault: OnFault) => { summary: Summary; count: number }> = {
  trials: checkSegments,
  breath: checkSegments,
  paced(folder, onFault) {
    const tables = readPacedTables(folder, onFault);
    return { summary: summarisePaced(tables), count: tables.recordings.size };
  },
  noise(folder, onFault) {
    const clips = readNoiseData(folder, onFault);
    return { summary: summariseNoise(clips), count: clips.length };
  },
};

function checkSegments(folder: string, onFault: OnFault) {
  const tables = readSegmentTables(folder, onFault);
  const split = join(folder, SPLIT_FILE);
  if (existsSync(split)) tolerate(onFault, () => assertSplitFits(readSplit(split), tables));
  return { summary: summariseSegments(tables), count: tables.recordings.size };
}

/** Where a folder keeps the split of its people. */
export const SPLIT_FILE = 'split.json';
