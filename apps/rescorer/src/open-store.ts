import { Store } from '#libs/store';
import type { Settings } from './settings.js';

export function openStore(settings: Settings): Store {
  return new Store({
    url: settings.CLICKHOUSE_URL,
    user: settings.CLICKHOUSE_USER,
    password: settings.CLICKHOUSE_PASSWORD,
    database: settings.CLICKHOUSE_DATABASE,
  });
}
