import { EupneaError } from '#libs/contracts';
import { runCommand } from '#libs/platform';
import { Command, CommanderError } from 'commander';
import { BASELINES_FOLDER } from './baselines/fitted.js';
import { addBaselinesCommand } from './commands/baselines.js';
import { addCompareCommand } from './commands/compare.js';
import { type CrossvalidateOptions, crossvalidateCommand } from './commands/crossvalidate.js';
import { engineOption } from './commands/engine.js';
import { addExplainCommand } from './commands/explain.js';
import { addLearningCurveCommand } from './commands/learning-curve.js';
import { addPrepareCommand } from './commands/prepare.js';
import { type EvaluateOptions, evaluateCommand } from './commands/evaluate.js';
import { wholeNumber, withTrainingOptions } from './commands/options.js';
import { addPaperCommand } from './commands/paper.js';
import { type TrainOptions, trainCommand } from './commands/train.js';
import { addTuneCommand } from './commands/tune.js';
import { setupTensorFlow } from './setup/setup.js';

const program = new Command('trainer')
  .description('Trains, measures and exports the networks that hear breathing.')
  .addHelpText(
    'after',
    `
Examples, from a fresh clone to a model:
  npm run trainer -- setup
  npm run trainer -- crossvalidate --data ../shared/data --recipe default
  npm run trainer -- train --data ../shared/data --recipe default
  npm run trainer -- evaluate --model models/default --data FOLDER --noise FOLDER --json`,
  )
  .configureOutput({ outputError: () => {} }) // runCommand says it, with its code
  .exitOverride();

program
  .command('setup')
  .description('gets @tensorflow/tfjs-node working (x86-64 Linux: TensorFlow from PyPI, 900 MB, about a minute)')
  .addHelpText(
    'after',
    '\nNeeds python3 with pip, and g++. What it fetched stays in .eupnea/tensorflow (EUPNEA_HOME moves it).\n\nExample:\n  npm run trainer -- setup',
  )
  .action(() => setupTensorFlow((line) => console.log(line)));

withTrainingOptions(program.command('train'))
  .description('trains one network and exports a model bundle')
  .option('--out <folder>', 'where the bundle goes (default: models/RECIPE)')
  .option('--calibration <file>', 'of trainer crossvalidate (default: models/RECIPE-folds/calibration.json)')
  .option('--split <file>', 'of prepare --split, for recipes of the paper (default: dealt as trainer paper does)')
  .addHelpText(
    'after',
    `
A recipe of our own method is trained on everybody. One of the paper (recipes/paper*.yaml) is trained on three fifths of
the people; a fifth chooses epoch and thresholds, and a fifth measures it; stopped, the same command goes on after its last epoch.

Examples:
  npm run trainer -- train --data ../shared/data --recipe default
  npm run trainer -- train --data ../shared/data --recipe paper-tc-lstm-32 --out .eupnea/paper-tc-lstm-32
  npm run trainer -- train --data ../shared/data --recipe paper-lstm-16 --seed 2 --split split.json --out .eupnea/lstm`,
  )
  .action((options: TrainOptions) => trainCommand(options));

withTrainingOptions(program.command('crossvalidate'))
  .description('trains one network per fold of people, measures each on the people it never saw, calibrates')
  .option('--seeds <number>', 'trains every fold with so many seeds; the figures are their mean', wholeNumber, 1)
  .option('--out <folder>', 'where fold bundles, folds.json and calibration.json go (default: models/RECIPE-folds)')
  .addHelpText(
    'after',
    '\nAn interrupted run goes on with the next fold. Ends with one line of JSON.\n\nExample:\n  npm run trainer -- crossvalidate --data ../shared/data --recipe default',
  )
  .action((options: CrossvalidateOptions) => crossvalidateCommand(options));

program
  .command('evaluate')
  .description('measures a model bundle on annotated recordings')
  .requiredOption('--model <folder>', 'a model bundle')
  .requiredOption('--data <folder>', 'laid out like coswara-breath')
  .option('--noise <folder>', 'laid out like noise: adds the noisy columns, noise and false accepts')
  .option('--paced <folder>', 'laid out like rrujo-stethoscope: adds minutes breathed to a beat')
  .option('--baselines <folder>', 'fitted by trainer baselines', BASELINES_FOLDER)
  .addOption(engineOption())
  .option('--seed <number>', 'of the noise draws', wholeNumber, 1)
  .option('--json', 'print nothing but the line of JSON')
  .addHelpText(
    'after',
    '\nExample:\n  npm run trainer -- evaluate --model models/default --data ../shared/data/coswara-breath --noise ../shared/data/noise --json',
  )
  .action((options: EvaluateOptions) => evaluateCommand(options));

addExplainCommand(program);
addBaselinesCommand(program);
addCompareCommand(program);
addLearningCurveCommand(program);
addPaperCommand(program);
addPrepareCommand(program);
addTuneCommand(program);

await runCommand(async () => {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    throw new EupneaError('USAGE', error.message.replace(/^error: /, ''), { hint: 'npm run trainer -- --help' });
  }
});
