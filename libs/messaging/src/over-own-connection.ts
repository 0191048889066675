import { EupneaError } from '#libs/contracts';
import { createLogger, kafkaSettings, loadConfig, logSettings } from '#libs/platform';
import type { Kafka } from 'kafkajs';
import { z } from 'zod';
import { isTransient } from './faults.js';
import { createKafka } from './kafka.js';
import { LogProducer } from './producer.js';

const settingsSchema = z.object({
  ...kafkaSettings,
  ...logSettings,
  LOG_LEVEL: logSettings.LOG_LEVEL.default('silent'),
});

/** What a command reads from the log before it works. */
interface Reading {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Lets a command read something from the log and write to it, over a connection of its own (`KAFKA_BROKERS`).
 * @param name of the command
 * @throws EupneaError KAFKA_UNAVAILABLE
 */
export async function overOwnConnection<View extends Reading>(
  name: string,
  viewOf: (kafka: Kafka) => View,
  work: (view: View, producer: LogProducer) => void | Promise<void>,
): Promise<void> {
  const { KAFKA_BROKERS, LOG_LEVEL } = loadConfig(settingsSchema);
  const kafka = createKafka(KAFKA_BROKERS, `eupnea-${name}`, createLogger(name, LOG_LEVEL));
  const view = viewOf(kafka);
  const producer = new LogProducer(kafka);
  try {
    await view.start();
    await work(view, producer);
  } catch (error) {
    if (error instanceof EupneaError || !isTransient(error)) throw error;
    throw new EupneaError('KAFKA_UNAVAILABLE', `no broker answers at ${KAFKA_BROKERS.join(', ')}`, {
      hint: 'Start one (npm start brings one up), or set KAFKA_BROKERS.',
      cause: error,
    });
  } finally {
    await Promise.all([producer.disconnect(), view.stop()]);
  }
}
