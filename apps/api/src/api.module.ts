import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Store } from '#libs/store';
import { AlertsController } from './alerts.controller.js';
import { AlertHistory } from './history/alert-history.js';
import { BreathHistory } from './history/breath-history.js';
import { StoreWatch } from './history/store-watch.js';
import { ProblemFilter } from './http/problem.filter.js';
import { LiveFeed } from './live/live-feed.js';
import { EventHub } from './live/event-hub.js';
import { LiveFigures } from './live/live-figures.js';
import { StreamController } from './live/stream.controller.js';
import { API_SETTINGS, type ApiSettings } from './settings.js';
import { StatusController } from './status.controller.js';
import { SubjectsController } from './subjects.controller.js';

@Module({})
class ApiModule {}

export function apiModule(settings: ApiSettings): DynamicModule {
  return {
    module: ApiModule,
    controllers: [SubjectsController, AlertsController, StreamController, StatusController],
    providers: [
      { provide: API_SETTINGS, useValue: settings },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: EventHub, useFactory: () => new EventHub() },
      { provide: LiveFigures, useFactory: () => new LiveFigures() },
      { provide: Store, useFactory: () => new Store(storeSettings(settings)) },
      StoreWatch,
      BreathHistory,
      AlertHistory,
      LiveFeed,
    ],
  };
}

const storeSettings = (settings: ApiSettings) => ({
  url: settings.CLICKHOUSE_URL,
  user: settings.CLICKHOUSE_USER,
  password: settings.CLICKHOUSE_PASSWORD,
  database: settings.CLICKHOUSE_DATABASE,
});
