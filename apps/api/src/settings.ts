import { DEFAULT_PORTS, port, clickhouseSettings, httpSettings, kafkaSettings, logSettings } from '#libs/platform';
import { z } from 'zod';

/** Settings of the api; the README lists them. */
export const apiSettings = z.object({
  ...logSettings,
  ...httpSettings,
  ...kafkaSettings,
  ...clickhouseSettings,
  API_PORT: port(DEFAULT_PORTS.api),
  /** Clients that may listen for events at the same time. */
  API_MAX_STREAMS: z.coerce.number().int().min(1).max(100_000).default(500),
});
export type ApiSettings = z.infer<typeof apiSettings>;

/** Injection token of the settings. */
export const API_SETTINGS = Symbol('api settings');
