import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AudioController } from './http/audio.controller.js';
import { RefusalFilter } from './http/refusal.filter.js';
import { AudioLog } from './intake/audio-log.js';
import { Authority } from './intake/authority.js';
import { RateLimit } from './intake/rate-limit.js';
import { SessionTable } from './intake/session-table.js';
import { LIMITS } from './limits.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from './settings.js';
import { StreamServer } from './stream/stream-server.js';

@Module({})
class GatewayModule {}

export function gatewayModule(settings: GatewaySettings): DynamicModule {
  return {
    module: GatewayModule,
    controllers: [AudioController],
    providers: [
      { provide: GATEWAY_SETTINGS, useValue: settings },
      { provide: APP_FILTER, useClass: RefusalFilter },
      { provide: RateLimit, useFactory: () => new RateLimit(settings.GATEWAY_CHUNKS_PER_SECOND) },
      {
        provide: SessionTable,
        useFactory: () => new SessionTable(settings.GATEWAY_MAX_SESSIONS_PER_DEVICE, LIMITS.rememberedSessions),
      },
      AudioLog,
      Authority,
      StreamServer,
    ],
  };
}
