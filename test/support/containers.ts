import { execFile, spawnSync } from 'node:child_process';
import { GenericContainer, Wait } from 'testcontainers';
import { freePort } from './free-port.js';

/** The images of docker-compose.yml. */
export const KAFKA_IMAGE = 'apache/kafka:4.1.0';
export const CLICKHOUSE_IMAGE = 'clickhouse/clickhouse-server:26.3.17.110';

const KAFKA_PORT = 9092;
const HTTP_PORT = 8123;

const DETECTION_TIMEOUT_MS = 1_500;
const PULL_TIMEOUT_MS = 120_000;

/** Why no container can be started here; undefined when a Docker engine answers. Takes two seconds at most. */
function dockerAnswers(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: DETECTION_TIMEOUT_MS }, (error) => {
      if (error === null) resolve(undefined);
      else if (error.code === 'ENOENT') resolve('no docker on the PATH');
      else resolve(error.killed ? 'the Docker engine does not answer' : 'no Docker engine runs here');
    });
  });
}

/** Why containers of this image cannot be started here; pulls it where a Docker engine answers and lacks it. */
export async function imageMissing(image: string): Promise<string | undefined> {
  const noDocker = await dockerAnswers();
  if (noDocker !== undefined) return noDocker;
  if (spawnSync('docker', ['image', 'inspect', image], { timeout: DETECTION_TIMEOUT_MS }).status === 0)
    return undefined;
  const pulled = spawnSync('docker', ['pull', '--quiet', image], { timeout: PULL_TIMEOUT_MS }).status === 0;
  return pulled ? undefined : `the image ${image} cannot be pulled`;
}

/** The advertised address must be the one on the host, so the port is chosen here and not by Docker. */
export async function startKafkaContainer(): Promise<{ brokers: string; stop(): Promise<void> }> {
  const port = await freePort();
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withExposedPorts({ container: KAFKA_PORT, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${KAFKA_PORT},CONTROLLER://localhost:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: '500',
      KAFKA_LOG_INITIAL_TASK_DELAY_MS: '100',
      KAFKA_LOG_CLEANER_BACKOFF_MS: '200',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return { brokers: `127.0.0.1:${port}`, stop: async () => void (await container.stop()) };
}

export async function startClickhouseContainer(): Promise<{ url: string; stop(): Promise<unknown> }> {
  const container = await new GenericContainer(CLICKHOUSE_IMAGE)
    .withExposedPorts(HTTP_PORT)
    .withEnvironment({ CLICKHOUSE_SKIP_USER_SETUP: '1' })
    .withWaitStrategy(Wait.forHttp('/ping', HTTP_PORT))
    .start();
  return {
    url: `http://${container.getHost()}:${container.getMappedPort(HTTP_PORT)}`,
    stop: () => container.stop(),
  };
}
