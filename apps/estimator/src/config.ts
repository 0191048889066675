import { z } from 'zod';
import { DEFAULT_PARTITIONS } from '#libs/contracts';
import { DEFAULT_PORTS, port, httpSettings, kafkaSettings, logSettings } from '#libs/platform';

export const estimatorConfig = z.object({
  ...kafkaSettings,
  ...logSettings,
  ...httpSettings,
  ESTIMATOR_PORT: port(DEFAULT_PORTS.estimator),
  /** Members of one group share the partitions. */
  ESTIMATOR_GROUP: z.string().min(1).default('eupnea-estimator'),
  /** Folder of the model bundle. */
  MODEL_PATH: z.string().min(1).default('models/default'),
  /** Partitions of topics that do not exist yet. */
  EUPNEA_PARTITIONS: z.coerce.number().int().min(1).max(1024).default(DEFAULT_PARTITIONS),
  WINDOW_SECONDS: z.coerce.number().default(6),
  HOP_SECONDS: z.coerce.number().default(3),
  MINIMUM_WINDOW_SECONDS: z.coerce.number().default(4),
  /** How far a chunk's own time may be after, and before, its LogAppendTime. */
  CLOCK_AHEAD_SECONDS: z.coerce.number().positive().default(300),
  CLOCK_BEHIND_SECONDS: z.coerce
    .number()
    .positive()
    .default(7 * 24 * 3_600),
  WATERMARK_SECONDS: z.coerce.number().positive().default(5),
});

export type EstimatorConfig = z.infer<typeof estimatorConfig>;
export const ESTIMATOR_CONFIG = Symbol('estimator config');
