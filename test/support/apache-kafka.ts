import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { root } from './stack.js';

/** The versions that Eupnea is tested against; `apache-kafka/fetch.sh` fetches them. */
export const APACHE_KAFKA_VERSIONS = ['3.9.1', '4.1.0'] as const;
export type ApacheKafkaVersion = (typeof APACHE_KAFKA_VERSIONS)[number];

const CLUSTER_ID = 'ZXVwbmVhLWNvbnRyYWN0cw'; // any 16 bytes in base64
const START_TIMEOUT_MS = 60_000;

export interface ApacheKafka {
  /** host:port */
  readonly brokers: string;
  stop(): Promise<void>;
  /** Kills the process, lets something happen to the files of a partition, and starts it again. */
  crash(whileDown: (folderOf: (topic: string, partition: number) => string) => void): Promise<void>;
}

function jarsFolder(version: ApacheKafkaVersion): string {
  return join(process.env['EUPNEA_APACHE_KAFKA'] ?? join(root, '.eupnea', 'apache-kafka'), version, 'jars');
}

/** Why Apache Kafka cannot be started here, with what to do about it; undefined when it can. */
export function apacheKafkaMissing(version: ApacheKafkaVersion): string | undefined {
  if (!existsSync(jarsFolder(version))) {
    return `no jars of Apache Kafka ${version}; fetch them by test/support/apache-kafka/fetch.sh`;
  }
  if (spawnSync('java', ['-version']).status !== 0) return 'no java on the PATH; install a JRE of version 17 or later';
  return undefined;
}

/** A single-node Apache Kafka (KRaft) on a free loopback port over a temporary folder, which `stop` removes. */
export async function startApacheKafka(version: ApacheKafkaVersion): Promise<ApacheKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-apache-kafka-'));
  const port = await freePort();
  const settings = join(folder, 'server.properties');
  writeFileSync(settings, serverProperties(port, await freePort(), join(folder, 'data')));
  const classPath = join(jarsFolder(version), '*');
  const format = ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settings];
  await succeed(spawn('java', ['-XX:TieredStopAtLevel=1', ...format], { stdio: ['ignore', 'pipe', 'pipe'] }));
  const launch = () => {
    const process = spawn('java', ['-Xmx512m', '-cp', classPath, 'kafka.Kafka', settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { process, gone: new Promise<void>((resolve) => process.once('exit', () => resolve())) };
  };
  let running = launch();
  // A test run that ends early must not leave a broker behind.
  const killWithUs = () => running.process.kill('SIGKILL');
  process.once('exit', killWithUs);
  const kill = async () => {
    running.process.kill('SIGKILL');
    await running.gone;
  };
  const stop = async () => {
    await kill(); // nothing of it is kept
    process.off('exit', killWithUs);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await saysStarted(running.process);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: `127.0.0.1:${port}`,
    stop,
    async crash(whileDown) {
      await kill();
      whileDown((topic, partition) => join(folder, 'data', `${topic}-${partition}`));
      running = launch();
      await saysStarted(running.process);
    },
  };
}

function serverProperties(port: number, controllerPort: number, dataFolder: string): string {
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=${dataFolder}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
offsets.retention.check.interval.ms=500
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.check.interval.ms=500
log.initial.task.delay.ms=100
log.cleaner.backoff.ms=200
log.cleaner.dedupe.buffer.size=4194304
`;
}

function succeed(command: ChildProcess): Promise<void> {
  let output = '';
  for (const stream of [command.stdout, command.stderr]) stream?.on('data', (text: Buffer) => (output += String(text)));
  return new Promise((resolve, reject) => {
    command.once('error', reject);
    command.once('exit', (status) => (status === 0 ? resolve() : reject(new Error(output))));
  });
}

function saysStarted(broker: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`Apache Kafka ${why}; it last said:\n${output.slice(-3_000)}`));
    const timer = setTimeout(() => fail(`was not up after ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const read = (text: Buffer) => {
      output = (output + String(text)).slice(-20_000);
      if (!/Kafka Server started|Transition from STARTING to STARTED/.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    broker.stdout?.on('data', read);
    broker.stderr?.on('data', read);
    broker.once('exit', (status) => (clearTimeout(timer), fail(`ended with status ${status}`)));
  });
}
