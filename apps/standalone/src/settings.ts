import { DEFAULT_PORTS, logSettings, port } from '#libs/platform';
import { z } from 'zod';

/** The programs tell each other their ports beforehand, so none can be picked by the system. */
const fixedPort = (byDefault: number) =>
  port(byDefault).refine((value) => value > 0, 'a port from 1 to 65535 is needed');

/** Environment variables of `npm start`; every other one reaches the programs as it is. */
export const standaloneSettings = z.object({
  ...logSettings,
  KAFKA_PORT: fixedPort(9092),
  CLICKHOUSE_PORT: fixedPort(8123),
  API_PORT: fixedPort(DEFAULT_PORTS.api),
  GATEWAY_PORT: fixedPort(DEFAULT_PORTS.gateway),
  ESTIMATOR_PORT: fixedPort(DEFAULT_PORTS.estimator),
  RECORDER_PORT: fixedPort(DEFAULT_PORTS.recorder),
  ALERTER_PORT: fixedPort(DEFAULT_PORTS.alerter),
  NOTIFIER_PORT: fixedPort(DEFAULT_PORTS.notifier),
  /** Folder of the rules that the first run puts in force; relative to the repository. */
  ALERTER_FIRST_RULES: z.string().min(1).default('rules'),
  /** File of receivers and routes; without it nobody is told of alerts, and no notifier runs. */
  NOTIFIER_CONFIG: z.string().min(1).optional(),
  /** Folder of the local run's data; relative to the repository. */
  EUPNEA_HOME: z.string().min(1).default('.eupnea'),
});
export type StandaloneSettings = z.infer<typeof standaloneSettings>;
