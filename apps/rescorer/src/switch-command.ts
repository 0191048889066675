import { loadConfig } from '#libs/platform';
import { Command } from 'commander';
import { quarterOfHour, rangeOf } from './arguments.js';
import { openStore } from './open-store.js';
import { settingsSchema } from './settings.js';

const EXAMPLES = `
Examples:
  npm run rescore -- switch --version new@5d3f0c9a1b2e --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z
  npm run rescore -- switch --version default@cb3e67f4fa67 --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z    and back

npm run rescore -- list shows the versions. Where a subject has no window of the version, the one before stays.`;

export function switchCommand(): Command {
  return new Command('switch')
    .usage('-- switch [options]')
    .description('Lets readers see another model version in a time range; the last switch wins.')
    .requiredOption('--version <version>', 'the model version to be seen')
    .requiredOption('--from <time>', 'first quarter of an hour', quarterOfHour)
    .requiredOption('--to <time>', 'the one behind the last', quarterOfHour)
    .addHelpText('after', EXAMPLES)
    .action(async (options: { version: string; from: number; to: number }) => {
      const range = rangeOf(options);
      const store = openStore(loadConfig(settingsSchema));
      try {
        await store.migrate();
        await store.switchReaders({ modelVersion: options.version, ...range });
      } finally {
        await store.close();
      }
      console.log(JSON.stringify({ modelVersion: options.version, switched: true }));
    });
}
