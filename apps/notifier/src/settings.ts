import { DEFAULT_PARTITIONS } from '#libs/contracts';
import { DEFAULT_PORTS, httpSettings, kafkaSettings, logSettings, port } from '#libs/platform';
import { z } from 'zod';

export const notifierSettings = z.object({
  ...kafkaSettings,
  ...logSettings,
  ...httpSettings,
  /** The file of receivers and routes. */
  NOTIFIER_CONFIG: z.string('expected the file of receivers and routes').min(1),
  NOTIFIER_PORT: port(DEFAULT_PORTS.notifier),
  /** Members of one group share the partitions. */
  NOTIFIER_GROUP: z.string().min(1).default('eupnea-notifier'),
  /** So many alerts wait for one receiver at most; what comes beyond that is set aside. */
  NOTIFIER_MOST_WAITING: z.coerce.number().int().min(1).default(10_000),
  /** Requests to one receiver at once. */
  NOTIFIER_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(8),
  /** Partitions of topics that do not exist yet. */
  EUPNEA_PARTITIONS: z.coerce.number().int().min(1).max(1024).default(DEFAULT_PARTITIONS),
});
export type NotifierSettings = z.infer<typeof notifierSettings>;

/** Injection token of the settings. */
export const NOTIFIER_SETTINGS = Symbol('notifier settings');
