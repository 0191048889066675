import { EupneaError } from '#libs/contracts';
import { z } from 'zod';

/** Settings that several services share; an app spreads what it needs into its own schema, one key per variable. */
export const kafkaSettings = {
  /** Comma-separated host:port list. */
  KAFKA_BROKERS: z
    .string()
    .default('localhost:9092')
    .transform((list) => list.split(',').map((broker) => broker.trim())),
  /** A member that is silent for so long has lost its partitions: what a crash costs until another takes over. Brokers allow no less than 6 s. */
  KAFKA_SESSION_TIMEOUT_MS: z.coerce.number().int().min(1_000).max(300_000).default(15_000),
};

export const clickhouseSettings = {
  CLICKHOUSE_URL: z.url().default('http://localhost:8123'),
  CLICKHOUSE_USER: z.string().default('default'),
  CLICKHOUSE_PASSWORD: z.string().default(''),
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[a-zA-Z_]\w*$/)
    .default('eupnea'),
};

/** How windows are cut and chunks are judged: the same for everybody who reads the audio topic. */
export const estimationSettings = {
  WINDOW_SECONDS: z.coerce.number().default(6),
  HOP_SECONDS: z.coerce.number().default(3),
  MINIMUM_WINDOW_SECONDS: z.coerce.number().default(4),
  /** How far a chunk's own time may be after, and before, its LogAppendTime. */
  CLOCK_AHEAD_SECONDS: z.coerce.number().positive().default(300),
  CLOCK_BEHIND_SECONDS: z.coerce
    .number()
    .positive()
    .default(7 * 24 * 3_600),
};

export const logSettings = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

export const httpSettings = {
  /** Loopback, because there is no access control yet; in a container, behind something that has it, 0.0.0.0. */
  LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
};

export const port = (byDefault: number) => z.coerce.number().int().min(0).max(65_535).default(byDefault);

/** Ports of the services when nothing else is set; the broker has 9092 and the store 8123. */
export const DEFAULT_PORTS = {
  api: 3000,
  gateway: 3001,
  estimator: 3002,
  recorder: 3003,
  alerter: 3004,
  notifier: 3005,
} as const;

/**
 * Reads the settings from environment variables, once, at boot.
 * @throws EupneaError CONFIG_INVALID, naming every variable that is wrong and why
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<Schema> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new EupneaError('CONFIG_INVALID', `settings cannot be used: ${faults.join('; ')}`, {
    hint: 'These are environment variables; correct or unset them.',
  });
}
