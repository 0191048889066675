import { loadConfig, runCommand, runService } from '#libs/platform';
import { alerterModule } from './alerter.module.js';
import { alerterSettings } from './settings.js';

await runCommand(async () => {
  const settings = loadConfig(alerterSettings);
  await runService({
    name: 'alerter',
    port: settings.ALERTER_PORT,
    host: settings.LISTEN_HOST,
    portSetting: 'ALERTER_PORT',
    logLevel: settings.LOG_LEVEL,
    module: alerterModule(settings),
  });
});
