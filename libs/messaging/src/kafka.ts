import { Kafka, type LogEntry, logLevel } from 'kafkajs';
import type { Logger } from '#libs/platform';

const LEVELS = {
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'debug',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
} as const;

/** A kafkajs client that logs through ours. kafkajs calls what it retries an error; to us it is a warning. */
export function createKafka(brokers: string[], clientId: string, logger: Logger): Kafka {
  return new Kafka({
    brokers,
    clientId,
    logLevel: logLevel.WARN,
    logCreator: () => (entry: LogEntry) => {
      const level = LEVELS[entry.level as keyof typeof LEVELS];
      if (level) logger[level]({ kafka: entry.namespace, reason: reasonOf(entry) }, entry.log.message);
    },
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 8 },
  });
}

/** Mostly a text; where a handler of ours threw, the error itself. */
function reasonOf({ log }: LogEntry): unknown {
  const error: unknown = log['error'];
  return error instanceof Error ? error.message : error;
}
