import type { DynamicModule } from '@nestjs/common';
import { AlerterService } from './alerter.service.js';
import { ALERTER_SETTINGS, type AlerterSettings } from './settings.js';

export function alerterModule(settings: AlerterSettings): DynamicModule {
  class AlerterModule {}
  return { module: AlerterModule, providers: [{ provide: ALERTER_SETTINGS, useValue: settings }, AlerterService] };
}
