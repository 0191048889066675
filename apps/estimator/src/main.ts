import { loadConfig, runCommand, runService } from '#libs/platform';
import { estimatorConfig } from './config.js';
import { EstimatorModule } from './estimator.module.js';

await runCommand(async () => {
  const config = loadConfig(estimatorConfig);
  await runService({
    name: 'estimator',
    port: config.ESTIMATOR_PORT,
    host: config.LISTEN_HOST,
    portSetting: 'ESTIMATOR_PORT',
    logLevel: config.LOG_LEVEL,
    module: EstimatorModule.with(config),
  });
});
