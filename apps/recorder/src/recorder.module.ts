import { type DynamicModule } from '@nestjs/common';
import { Recorder, SETTINGS } from './recorder.js';
import type { Settings } from './settings.js';

export function recorderModule(settings: Settings): DynamicModule {
  class RecorderModule {}
  return { module: RecorderModule, providers: [{ provide: SETTINGS, useValue: settings }, Recorder] };
}
