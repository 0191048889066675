import { loadConfig } from '#libs/platform';
import { Command } from 'commander';
import { timeText } from './arguments.js';
import { openStore } from './open-store.js';
import { settingsSchema } from './settings.js';

export function listCommand(): Command {
  return new Command('list')
    .usage('-- list')
    .description('Shows the model versions in the store, the replays, and the switches in their order.')
    .addHelpText('after', '\nExample:\n  npm run rescore -- list')
    .action(async () => {
      const store = openStore(loadConfig(settingsSchema));
      try {
        await store.migrate();
        for (const { modelVersion, windows, firstWindowStart, lastWindowStart } of await store.storedVersions()) {
          const [first, last] = [new Date(firstWindowStart).toISOString(), new Date(lastWindowStart).toISOString()];
          console.log(`${modelVersion}  ${windows} windows, the first at ${first}, the last at ${last}`);
        }
        for (const { modelVersion, fromMs, toMs, state } of await store.saidOfVersions()) {
          console.log(`${state}: ${modelVersion} from ${timeText(fromMs)} to ${timeText(toMs)}`);
        }
      } finally {
        await store.close();
      }
    });
}
