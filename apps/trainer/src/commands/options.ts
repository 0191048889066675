import { type Command, InvalidArgumentError, Option } from 'commander';

/** Parses an option's value. */
export const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
};

export const atLeastOne = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('expected a whole number of 1 or more');
  return Number(text);
};

const backend = () =>
  new Option('--backend <name>', 'node is as fast as PyTorch; portable needs no setup and is many times slower')
    .choices(['node', 'portable'])
    .default('node');

/** Data and recipe: what every command reads that works on training data. */
export const withDataOptions = (command: Command): Command =>
  command
    .requiredOption('--data <folder>', 'holds a breath folder and a noise folder (see apps/trainer/README.md)')
    .option('--noise <folder>', 'noise folder, when it is elsewhere')
    .option('--recipe <name>', 'name in recipes/, or a file', 'default');

/** How a training is run, whatever it trains. */
export const withMachineOptions = (command: Command): Command =>
  command
    .option('--workers <number>', 'threads that render training items (default: one per core)', wholeNumber)
    .addOption(backend());

export const withTrainingOptions = (command: Command): Command =>
  withMachineOptions(withDataOptions(command).option('--seed <number>', "instead of the recipe's", wholeNumber));
