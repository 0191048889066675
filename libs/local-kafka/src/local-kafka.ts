import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';
import { type Logger, createLogger } from '#libs/platform';
import type { Broker } from './broker.js';
import { serve } from './connection.js';
import { lockFolder } from './folder-lock.js';
import { CommittedOffsets } from './groups/committed-offsets.js';
import { GroupCoordinator } from './groups/coordinator.js';
import { keepHouse } from './housekeeping.js';
import { loadCodecs } from './log/decompress.js';
import { ProducerIds } from './producer-ids.js';
import { Topics } from './topics.js';

const FLUSH_EVERY_MS = 1_000;
const OFFSET_RETENTION_MS = 7 * 86_400_000; // as Apache Kafka's offsets.retention.minutes

export interface LocalKafkaOptions {
  /** TCP port; 0 picks a free one. */
  readonly port: number;
  /** Everything that the broker keeps; made if absent. One broker per folder. */
  readonly dataFolder: string;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** Partitions of a topic that is made without saying how many. @default 1 */
  readonly partitions?: number;
  /**
   * How long what was acknowledged may wait to be flushed to the disk, which is what a power failure can cost. 0 flushes
   * before every answer. A crash of the process costs nothing, whatever this is. @default 1000
   */
  readonly flushEveryMs?: number;
  /** How long the offsets of a group without members and commits are kept. @default 604800000 (7 days) */
  readonly offsetRetentionMs?: number;
  /** @default silent */
  readonly logger?: Logger;
}

export interface LocalKafka {
  readonly port: number;
  /** Closes all connections, flushes to disk and lets go of the folder. */
  close(): Promise<void>;
}

/**
 * Starts a broker in this process.
 * @throws EupneaError PORT_IN_USE, DATA_FOLDER_UNUSABLE
 */
export async function startLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const { dataFolder, host = '127.0.0.1', partitions = 1, flushEveryMs = FLUSH_EVERY_MS } = options;
  const logger = options.logger ?? createLogger('local-kafka', 'silent');
  const unlock = lockFolder(dataFolder);
  const server = createServer();
  try {
    await loadCodecs();
    const port = await listen(server, options.port, host);
    const topics = new Topics(dataFolder, partitions, logger);
    const offsets = new CommittedOffsets(join(dataFolder, 'committed-offsets.jsonl'));
    reportFaults(offsets, logger);
    const groups = new GroupCoordinator(offsets, options.offsetRetentionMs ?? OFFSET_RETENTION_MS, logger);
    const producerIds = new ProducerIds(join(dataFolder, 'producer-ids'));
    const clusterId = clusterIdOf(dataFolder);
    const flushesEachAnswer = flushEveryMs === 0;
    const broker: Broker = { host, port, clusterId, topics, groups, producerIds, flushesEachAnswer, logger };
    const stopping = new AbortController();
    const housekeeping = keepHouse(topics, groups, logger, stopping.signal);
    const connections = new Set<Promise<void>>();
    server.on('connection', (socket) => {
      const served = serve(socket, broker, stopping.signal).finally(() => connections.delete(served));
      connections.add(served);
    });
    const flush = () => Promise.all([topics.flush(), offsets.flush()]);
    const flushing = setInterval(() => {
      flush().catch((error: Error) => logger.error({ reason: error.message }, 'flushing to disk failed'));
    }, flushEveryMs || FLUSH_EVERY_MS); // acks 0 gets no answer, so it waits for the interval in any case
    logger.info({ host, port, dataFolder, topics: topics.all().length }, 'the local Kafka listens');
    const stop = async () => {
      clearInterval(flushing);
      stopping.abort();
      groups.close();
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all([closed, housekeeping, ...connections]);
      await flush();
      topics.close();
      offsets.close();
      unlock();
    };
    let stopped: Promise<void> | undefined;
    return { port, close: () => (stopped ??= stop()) };
  } catch (error) {
    server.close();
    unlock();
    throw error;
  }
}

function reportFaults({ tornBytes, damagedLines }: CommittedOffsets, logger: Logger): void {
  if (tornBytes > 0) logger.warn({ bytes: tornBytes }, 'cut off what followed the last committed offset');
  if (damagedLines > 0) {
    logger.error({ code: 'SEGMENT_DAMAGED', lines: damagedLines }, 'offsets cannot be read, and the ones before stand');
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new EupneaError('PORT_IN_USE', `port ${port} of ${host} is taken`, {
              hint: 'Stop what listens there, or give another port with --port.',
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function clusterIdOf(dataFolder: string): string {
  const file = join(dataFolder, 'cluster-id');
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8');
}
