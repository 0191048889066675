import { DEFAULT_PARTITIONS } from '#libs/contracts';
import { DEFAULT_PORTS, httpSettings, kafkaSettings, logSettings, port } from '#libs/platform';
import { z } from 'zod';

export const alerterSettings = z.object({
  ...kafkaSettings,
  ...logSettings,
  ...httpSettings,
  ALERTER_PORT: port(DEFAULT_PORTS.alerter),
  /** Members of one group share the partitions. */
  ALERTER_GROUP: z.string().min(1).default('eupnea-alerter'),
  /** Everybody's checkpoint is written anew within this time: what a new owner reads again at most, about. */
  ALERTER_CHECKPOINT_SECONDS: z.coerce.number().positive().default(120),
  /** Folder of rules that are put in force where none ever were; without it nothing is. */
  ALERTER_FIRST_RULES: z.string().min(1).optional(),
  /** Partitions of topics that do not exist yet. */
  EUPNEA_PARTITIONS: z.coerce.number().int().min(1).max(1024).default(DEFAULT_PARTITIONS),
});
export type AlerterSettings = z.infer<typeof alerterSettings>;

/** Injection token of the settings. */
export const ALERTER_SETTINGS = Symbol('alerter settings');
