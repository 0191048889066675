import { Kafka, logLevel } from 'kafkajs';

/** A client that outlasts a busy machine: whoever judges must not fail before those that are judged. */
export const patientKafka = (brokers: string[]): Kafka =>
  new Kafka({
    brokers,
    clientId: 'eupnea-oracle',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 60_000,
    requestTimeout: 120_000,
    retry: { initialRetryTime: 300, maxRetryTime: 5_000, retries: 30 },
  });
