import { describeError, exitStatusOf, loadConfig, runService } from '#libs/platform';
import { recorderModule } from './recorder.module.js';
import { settingsSchema } from './settings.js';

try {
  const settings = loadConfig(settingsSchema);
  await runService({
    name: 'recorder',
    port: settings.RECORDER_PORT,
    host: settings.LISTEN_HOST,
    portSetting: 'RECORDER_PORT',
    logLevel: settings.LOG_LEVEL,
    module: recorderModule(settings),
  });
} catch (error) {
  const { code, message, hint } = describeError(error);
  console.error(`${code}: ${message}${hint ? `\n  ${hint}` : ''}`);
  process.exit(exitStatusOf(error));
}
