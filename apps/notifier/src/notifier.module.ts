import type { DynamicModule } from '@nestjs/common';
import { readReceivers } from './read-receivers.js';
import { NotifierService } from './notifier.service.js';
import { NOTIFIER_SETTINGS, type NotifierSettings } from './settings.js';

/** @throws EupneaError RECEIVERS_INVALID, CONFIG_INVALID */
export function notifierModule(settings: NotifierSettings): DynamicModule {
  class NotifierModule {}
  const receivers = readReceivers(settings.NOTIFIER_CONFIG);
  return {
    module: NotifierModule,
    providers: [{ provide: NOTIFIER_SETTINGS, useValue: { ...settings, receivers } }, NotifierService],
  };
}
