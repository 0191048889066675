import { DEFAULT_PORTS, port, clickhouseSettings, httpSettings, kafkaSettings, logSettings } from '#libs/platform';
import { z } from 'zod';

export const settingsSchema = z.object({
  ...kafkaSettings,
  ...clickhouseSettings,
  ...logSettings,
  ...httpSettings,
  RECORDER_PORT: port(DEFAULT_PORTS.recorder),
  /** Recorders of one group share the partitions. */
  RECORDER_GROUP: z.string().min(1).default('eupnea-recorder'),
});

export type Settings = z.infer<typeof settingsSchema>;
