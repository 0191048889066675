import { EupneaError } from '#libs/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { writeStudy } from '../simulated/write-study.js';
import { progressOf } from './progress.js';

interface PrepareOptions {
  simulate?: string;
  seed: number;
  people: number;
  segments: number;
}

const atLeast =
  (least: number) =>
  (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
  };

/** `trainer prepare`: simulates a data set. */
export function addPrepareCommand(program: Command): void {
  program
    .command('prepare')
    .description('simulates, checks and splits data sets (docs/data.md)')
    .option('--simulate <folder>', "writes a simulated data set of the paper's protocol into a new folder")
    .option('--seed <number>', 'of the simulation', atLeast(0), 1)
    .option('--people <number>', 'of the simulation', atLeast(3), 21)
    .option('--segments <number>', 'of the simulation', atLeast(1), 3003)
    .addHelpText(
      'after',
      `
Examples:
  npm run trainer -- prepare --simulate .eupnea/simulated
  npm run trainer -- prepare --simulate .eupnea/small --people 6 --segments 120`,
    )
    .action((options: PrepareOptions) => prepareCommand(options));
}

function prepareCommand({ simulate, ...study }: PrepareOptions): void {
  if (simulate === undefined)
    throw new EupneaError('USAGE', 'prepare needs --simulate', { hint: 'npm run trainer -- prepare --help' });
  let bar: ReturnType<typeof progressOf> | undefined;
  writeStudy(simulate, {
    ...study,
    onProgress: (done, of) => (bar ??= progressOf('simulating', of)).update(done, 'recordings'),
  });
  bar?.stop();
  console.log(`${simulate}: ${study.segments} segments of ${study.people} simulated people`);
}
