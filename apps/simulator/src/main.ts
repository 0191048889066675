/** Sends what headphones would: a simulated fleet, or recordings. */
import { EupneaError } from '#libs/contracts';
import { runCommand } from '#libs/platform';
import { Command } from 'commander';
import { replayCommand } from './replay-command.js';
import { simulateCommand } from './simulate-command.js';

await runCommand(async () => {
  const program = new Command('simulator')
    .description('Sends audio to the log as headphones would: a simulated fleet, or recordings.')
    .addCommand(simulateCommand())
    .addCommand(replayCommand());
  for (const command of [program, ...program.commands]) {
    command.allowExcessArguments(false).configureOutput({ writeErr: () => undefined });
    command.exitOverride((error) => {
      if (error.exitCode === 0) process.exit(0);
      const message =
        error.code === 'commander.help' ? 'say simulate or replay' : error.message.replace(/^error: /, '');
      throw new EupneaError('USAGE', message, { hint: '--help shows the options and examples.' });
    });
  }
  await program.parseAsync();
  process.exit();
});
