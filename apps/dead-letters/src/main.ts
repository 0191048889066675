/** Lists dead letters with their reasons, and sends them again once their cause is mended. */
import { refuseAsUsage, runCommand } from '#libs/platform';
import { Command } from 'commander';
import { listCommand } from './list-command.js';
import { redriveCommand } from './redrive-command.js';

await runCommand(async () => {
  const program = new Command('npm run dead-letters --')
    .description('Lists dead letters with their reasons, and sends them again once their cause is mended.')
    .addCommand(listCommand())
    .addCommand(redriveCommand());
  await refuseAsUsage(program, 'npm run dead-letters -- list --help (or redrive)').parseAsync();
  process.exit();
});
