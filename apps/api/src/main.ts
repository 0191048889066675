/** The api: what is stored, what is new, and a page that shows both. */
import { fileURLToPath } from 'node:url';
import { loadConfig, runCommand, runService } from '#libs/platform';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { apiModule } from './api.module.js';
import { serveOpenApi } from './http/open-api.js';
import { securityHeaders } from './http/security-headers.js';
import { apiSettings } from './settings.js';

const PUBLIC = fileURLToPath(new URL('../public', import.meta.url));

await runCommand(async () => {
  const settings = loadConfig(apiSettings);
  await runService({
    name: 'api',
    port: settings.API_PORT,
    host: settings.LISTEN_HOST,
    portSetting: 'API_PORT',
    logLevel: settings.LOG_LEVEL,
    module: apiModule(settings),
    prepare: (app) => {
      const express = app as NestExpressApplication;
      express.disable('x-powered-by');
      express.use(securityHeaders);
      express.useStaticAssets(PUBLIC, { index: 'index.html', maxAge: 0 });
      serveOpenApi(app);
    },
  });
});
