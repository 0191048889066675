import { type ApacheKafkaVersion, apacheKafkaMissing, startApacheKafka } from '../../support/apache-kafka.js';
import { KAFKA_IMAGE, imageMissing, startKafkaContainer } from '../../support/containers.js';
import { LocalProcess } from './local-process.js';

export interface RunningBroker {
  /** host:port */
  readonly brokers: string;
  stop(): Promise<void>;
  /** Kills the process, lets something happen to the files of a partition, and starts it again; not where files are out of reach. */
  crash?(whileDown: (folderOf: PartitionFolder) => void): Promise<void>;
}

export type PartitionFolder = (topic: string, partition: number) => string;

/** A broker that the suite runs against; `missing` says why this machine cannot start it. */
export interface BrokerTarget {
  readonly name: string;
  readonly missing: string | undefined;
  /** Whether what it starts has `crash`. */
  readonly canCrash: boolean;
  start(): Promise<RunningBroker>;
}

export const localKafka = (): BrokerTarget => ({
  name: 'local-kafka',
  missing: undefined,
  canCrash: true,
  start: () => LocalProcess.start(),
});

export const apacheKafka = (version: ApacheKafkaVersion): BrokerTarget => ({
  name: `Apache Kafka ${version}`,
  missing: apacheKafkaMissing(version),
  canCrash: true,
  start: () => startApacheKafka(version),
});

export const kafkaContainer = async (): Promise<BrokerTarget> => ({
  name: `container ${KAFKA_IMAGE}`,
  missing: await imageMissing(KAFKA_IMAGE),
  canCrash: false,
  start: startKafkaContainer,
});
