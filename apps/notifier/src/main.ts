import { loadConfig, runCommand, runService } from '#libs/platform';
import { notifierModule } from './notifier.module.js';
import { notifierSettings } from './settings.js';

await runCommand(async () => {
  const settings = loadConfig(notifierSettings);
  await runService({
    name: 'notifier',
    port: settings.NOTIFIER_PORT,
    host: settings.LISTEN_HOST,
    portSetting: 'NOTIFIER_PORT',
    logLevel: settings.LOG_LEVEL,
    module: notifierModule(settings),
  });
});
