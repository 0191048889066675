import { z } from 'zod';
import { DEFAULT_PARTITIONS } from '#libs/contracts';
import { DEFAULT_PORTS, port, estimationSettings, httpSettings, kafkaSettings, logSettings } from '#libs/platform';

export const estimatorConfig = z.object({
  ...kafkaSettings,
  ...logSettings,
  ...httpSettings,
  ...estimationSettings,
  ESTIMATOR_PORT: port(DEFAULT_PORTS.estimator),
  /** Members of one group share the partitions. */
  ESTIMATOR_GROUP: z.string().min(1).default('eupnea-estimator'),
  /** Folder of the model bundle. */
  MODEL_PATH: z.string().min(1).default('models/default'),
  /** Partitions of topics that do not exist yet. */
  EUPNEA_PARTITIONS: z.coerce.number().int().min(1).max(1024).default(DEFAULT_PARTITIONS),
  WATERMARK_SECONDS: z.coerce.number().positive().default(5),
});

export type EstimatorConfig = z.infer<typeof estimatorConfig>;
export const ESTIMATOR_CONFIG = Symbol('estimator config');
