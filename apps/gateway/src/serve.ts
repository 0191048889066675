import { loadConfig, runService } from '#libs/platform';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { gatewayModule } from './gateway.module.js';
import { gatewaySettings } from './settings.js';

/** Runs the service. */
export async function serve(): Promise<void> {
  const settings = loadConfig(gatewaySettings);
  await runService({
    name: 'gateway',
    port: settings.GATEWAY_PORT,
    host: settings.LISTEN_HOST,
    portSetting: 'GATEWAY_PORT',
    logLevel: settings.LOG_LEVEL,
    module: gatewayModule(settings),
    prepare: (app) => {
      (app as NestExpressApplication).disable('x-powered-by');
    },
  });
}
