import { EupneaError } from '#libs/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SPLIT_FILE, checkData } from '../data/check-data.js';
import { findDataFolders } from '../data/folders.js';
import { readSplit, splitPeople, writeSplit } from '../data/people-split.js';
import { type SegmentTables, readSegmentTables } from '../data/segment-tables.js';
import { writeStudy } from '../simulated/write-study.js';
import { progressOf } from './progress.js';

interface PrepareOptions {
  check?: string;
  simulate?: string;
  split?: string;
  out?: string;
  seed: number;
  people: number;
  segments: number;
}

/** More faults than this are counted, not listed: nobody mends more at once. */
const FAULTS_LISTED = 20;

const atLeast =
  (least: number) =>
  (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
  };

/** `trainer prepare`: checks, splits and simulates data sets. */
export function addPrepareCommand(program: Command): void {
  program
    .command('prepare')
    .description('checks, splits or simulates a data set (docs/data.md)')
    .option('--check <folder>', 'names every fault of the data sets in the folder with file and line; status 1 if any')
    .option('--split <folder>', `writes ${SPLIT_FILE}: its people in three parts, for training, validation, evaluation`)
    .option('--simulate <folder>', "writes a simulated data set of the paper's protocol into a new folder")
    .option('--out <file>', `where the split goes (default: ${SPLIT_FILE} beside segments.csv)`)
    .option('--seed <number>', 'of the split, or of the simulation', atLeast(0), 1)
    .option('--people <number>', 'of the simulation', atLeast(3), 21)
    .option('--segments <number>', 'of the simulation', atLeast(1), 3003)
    .addHelpText(
      'after',
      `
Examples:
  npm run trainer -- prepare --check ../shared/data
  npm run trainer -- prepare --simulate .eupnea/simulated
  npm run trainer -- prepare --split .eupnea/simulated --seed 3`,
    )
    .action((options: PrepareOptions) => prepareCommand(options));
}

function prepareCommand(options: PrepareOptions): void {
  const { check, split, simulate } = options;
  if ([check, split, simulate].filter((folder) => folder !== undefined).length !== 1) {
    throw new EupneaError('USAGE', 'prepare takes one of --check, --split and --simulate', {
      hint: 'npm run trainer -- prepare --help',
    });
  }
  if (check !== undefined) checkCommand(check);
  if (split !== undefined) splitCommand(split, options);
  if (simulate !== undefined) simulateCommand(simulate, options);
}

function checkCommand(data: string): void {
  let bar: { folder: string; progress: ReturnType<typeof progressOf> } | undefined;
  const checks = checkData(data, (folder, done, of) => {
    if (bar?.folder !== folder) {
      bar?.progress.stop();
      bar = { folder, progress: progressOf(`decoding ${folder}`, of) };
    }
    bar.progress.update(done);
  });
  bar?.progress.stop();
  for (const { folder, layout, faults, summary } of checks) {
    console.log(`${folder} (${LAYOUT_NAMES[layout]}): ${faultCount(faults.length)}`);
    for (const fault of faults.slice(0, FAULTS_LISTED)) console.log(`  ${fault}`);
    if (faults.length > FAULTS_LISTED) console.log(`  and ${faults.length - FAULTS_LISTED} more`);
    if (faults.length > 0) continue;
    for (const [name, value] of Object.entries(summary)) console.log(`  ${name}: ${value}`);
  }
  const total = checks.reduce((sum, { faults }) => sum + faults.length, 0);
  if (total > 0) {
    throw new EupneaError('DATA_INVALID', `${data}: ${faultCount(total)}`, {
      hint: 'The layouts are described in docs/data.md.',
    });
  }
}

const faultCount = (count: number): string => `${count || 'no'} ${count === 1 ? 'fault' : 'faults'}`;
const LAYOUT_NAMES = { trials: 'trials', breath: 'annotated recordings', paced: 'paced minutes', noise: 'noise' };

function splitCommand(data: string, { seed, out }: PrepareOptions): void {
  const { breath } = findDataFolders(data);
  const tables = readSegmentTables(breath);
  const split = splitPeople(tables, seed);
  const file = out ?? join(breath, SPLIT_FILE);
  if (existsSync(file) && readSplit(file).sha256 !== split.sha256) {
    throw new EupneaError('DATA_FOLDER_UNUSABLE', `${file} holds another split`, {
      hint: 'Remove it, or name another file with --out: results of two splits are not comparable.',
    });
  }
  writeSplit(file, split);
  for (const part of ['train', 'validation', 'evaluation'] as const)
    console.log(`${part}: ${describe(split[part], tables)}`);
  console.log(`${file}: seed ${split.seed}, sha256 ${split.sha256}`);
}

function describe(people: readonly string[], { participants, segments }: SegmentTables): string {
  const women = people.filter((person) => participants.get(person)?.sex === 'female').length;
  const men = people.filter((person) => participants.get(person)?.sex === 'male').length;
  const theirs = segments.filter(({ subjectId }) => people.includes(subjectId)).length;
  return `${people.length} people (${women} female, ${men} male), ${theirs} segments`;
}

function simulateCommand(folder: string, { seed, people, segments }: PrepareOptions): void {
  let bar: ReturnType<typeof progressOf> | undefined;
  const onProgress = (done: number, of: number) => (bar ??= progressOf('simulating', of)).update(done, 'recordings');
  writeStudy(folder, { seed, people, segments, onProgress });
  bar?.stop();
  console.log(`${folder}: ${segments} segments of ${people} simulated people (seed ${seed})`);
}
