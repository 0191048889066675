import { clickhouseSettings, estimationSettings, kafkaSettings, logSettings } from '#libs/platform';
import { z } from 'zod';

export const settingsSchema = z.object({
  ...kafkaSettings,
  ...clickhouseSettings,
  ...estimationSettings,
  ...logSettings,
});

export type Settings = z.infer<typeof settingsSchema>;
