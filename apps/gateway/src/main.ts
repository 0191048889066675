/** The gateway: devices in, by HTTP and WebSocket, to the audio topic. Its commands issue and revoke their tokens. */
import { refuseAsUsage, runCommand } from '#libs/platform';
import { Command } from 'commander';
import { issueTokenCommand } from './commands/issue-token.js';
import { revokeTokenCommand } from './commands/revoke-token.js';
import { serve } from './serve.js';

await runCommand(async () => {
  if (process.argv.length === 2) return serve();
  const program = new Command('npm run gateway --')
    .description(
      'Without a command: takes audio from devices and appends it to the log. Settings are variables, see its README.',
    )
    .addCommand(issueTokenCommand())
    .addCommand(revokeTokenCommand());
  await refuseAsUsage(program, 'npm run gateway -- --help').parseAsync();
  process.exit();
});
