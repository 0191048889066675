/** Replays audio through another model version, and switches readers over. */
import { refuseAsUsage, runCommand } from '#libs/platform';
import { Command } from 'commander';
import { listCommand } from './list-command.js';
import { replayCommand } from './replay-command.js';
import { switchCommand } from './switch-command.js';

const EXAMPLES = `
Examples:
  npm run rescore -- --model models/new --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z      (replay is the default)
  npm run rescore -- switch --version new@5d3f0c9a1b2e --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z
  npm run rescore -- list

npm run rescore -- replay --help shows the options of a replay.`;

await runCommand(async () => {
  const program = new Command('npm run rescore')
    .usage('-- [command] [options]')
    .description('Replays audio through another model version beside the old results, and switches readers over.')
    .addCommand(replayCommand(), { isDefault: true })
    .addCommand(switchCommand())
    .addCommand(listCommand())
    .addHelpText('after', EXAMPLES);
  await refuseAsUsage(program, 'npm run rescore -- --help').parseAsync();
  process.exit();
});
