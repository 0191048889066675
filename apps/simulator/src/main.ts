/** Sends what headphones would: a simulated fleet, or recordings. */
import { refuseAsUsage, runCommand } from '#libs/platform';
import { Command } from 'commander';
import { replayCommand } from './replay-command.js';
import { simulateCommand } from './simulate-command.js';

await runCommand(async () => {
  const program = new Command('npm run')
    .description('Sends audio to the log as headphones would: a simulated fleet, or recordings.')
    .addCommand(simulateCommand())
    .addCommand(replayCommand());
  await refuseAsUsage(program, 'npm run replay -- --help (or simulate)').parseAsync();
  process.exit();
});
