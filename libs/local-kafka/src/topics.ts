import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';
import type { Logger } from '#libs/platform';
import { flushFolderNow, replaceFile } from './durable-file.js';
import type { FaultListener } from './log/faults.js';
import { PartitionLog } from './log/partition-log.js';
import { ErrorCode, KafkaError } from './protocol/error-codes.js';
import { TopicConfig } from './topic-config.js';

const LONGEST_NAME = 249;
const MOST_PARTITIONS = 1_000;

/** A topic's file `topic.json`. */
interface TopicFile {
  partitions: number;
  config: Record<string, string>;
  /** By partition, the first offset that DeleteRecords left. */
  startOffsets: number[];
}

export class Topic {
  readonly partitions: PartitionLog[] = [];
  private readonly startOffsets: number[] = [];

  constructor(
    readonly name: string,
    readonly folder: string,
    public config: TopicConfig,
    private readonly faults: FaultListener,
  ) {}

  /** @throws EupneaError DATA_FOLDER_UNUSABLE where `topic.json` cannot be read */
  static load(name: string, folder: string, faults: FaultListener): Topic {
    const { file, config } = readTopicFile(join(folder, 'topic.json'));
    const topic = new Topic(name, folder, config, faults);
    topic.addPartitions(file.partitions, file.startOffsets);
    return topic;
  }

  addPartitions(count: number, startOffsets: readonly number[] = []): void {
    for (let id = this.partitions.length; id < count; id++) {
      const startOffset = startOffsets[id] ?? 0;
      this.startOffsets.push(startOffset);
      this.partitions.push(
        PartitionLog.open(join(this.folder, String(id)), () => this.config.partitionSettings, startOffset, this.faults),
      );
    }
  }

  deleteRecords(partition: number, offset: number): number {
    const log = this.partitions[partition];
    if (log === undefined) throw unknownPartition(this.name, partition);
    const start = log.deleteBefore(offset === -1 ? log.nextOffset : offset);
    this.startOffsets[partition] = start;
    this.save();
    return start;
  }

  save(): void {
    const content: TopicFile = {
      partitions: this.partitions.length,
      config: this.config.toJSON(),
      startOffsets: this.startOffsets,
    };
    replaceFile(join(this.folder, 'topic.json'), JSON.stringify(content, null, 2));
  }
}

function readTopicFile(path: string): { file: TopicFile; config: TopicConfig } {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as TopicFile;
    return { file, config: TopicConfig.of(Object.entries(file.config)) };
  } catch (error) {
    throw new EupneaError('DATA_FOLDER_UNUSABLE', `${path} cannot be read: ${(error as Error).message}`, {
      hint: 'It is JSON with partitions, config and startOffsets: mend it, or move the topic out of the folder.',
      cause: error,
    });
  }
}

/** All topics, each a folder with `topic.json` and a folder per partition. */
export class Topics {
  private readonly byName = new Map<string, Topic>();
  private readonly folder: string;

  constructor(
    dataFolder: string,
    private readonly defaultPartitions: number,
    private readonly logger: Logger,
    private readonly faults: FaultListener = logged(logger),
  ) {
    this.folder = join(dataFolder, 'topics');
    mkdirSync(this.folder, { recursive: true });
    for (const name of readdirSync(this.folder)) {
      const folder = join(this.folder, name);
      if (!existsSync(join(folder, 'topic.json')))
        rmSync(folder, { recursive: true }); // half made or half deleted
      else this.byName.set(name, Topic.load(name, folder, this.faults));
    }
  }

  all(): Topic[] {
    return [...this.byName.values()];
  }

  find(name: string): Topic | undefined {
    return this.byName.get(name);
  }

  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION */
  partition(name: string, partition: number): PartitionLog {
    const log = this.byName.get(name)?.partitions[partition];
    if (log === undefined) throw unknownPartition(name, partition);
    return log;
  }

  /**
   * Makes a topic; -1 partitions means the broker's default.
   * @throws KafkaError TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS
   */
  create(name: string, partitions: number, config: TopicConfig, validateOnly = false): void {
    if (!/^[a-zA-Z0-9._-]+$/.test(name) || name === '.' || name === '..' || name.length > LONGEST_NAME) {
      throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `'${name}' is no name for a topic`);
    }
    if (this.byName.has(name)) throw new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `topic ${name} exists`);
    const count = partitions === -1 ? this.defaultPartitions : partitions;
    checkPartitionCount(count);
    if (validateOnly) return;
    const topic = new Topic(name, join(this.folder, name), config, this.faults);
    mkdirSync(topic.folder, { recursive: true });
    topic.addPartitions(count);
    topic.save();
    flushFolderNow(this.folder);
    this.byName.set(name, topic);
    this.logger.info({ topic: name, partitions: count }, 'topic created');
  }

  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS */
  grow(name: string, partitions: number, validateOnly: boolean): void {
    const topic = this.byName.get(name);
    if (topic === undefined) throw unknownPartition(name);
    if (partitions <= topic.partitions.length) {
      throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `${name} already has ${topic.partitions.length} partitions`);
    }
    checkPartitionCount(partitions);
    if (validateOnly) return;
    topic.addPartitions(partitions);
    topic.save();
  }

  delete(name: string): void {
    const topic = this.byName.get(name);
    if (topic === undefined) throw unknownPartition(name);
    this.byName.delete(name);
    for (const log of topic.partitions) log.close();
    rmSync(join(topic.folder, 'topic.json'));
    rmSync(topic.folder, { recursive: true });
    this.logger.info({ topic: name }, 'topic deleted');
  }

  async flush(): Promise<void> {
    for (const topic of this.all()) for (const log of topic.partitions) await log.flush();
  }

  close(): void {
    for (const topic of this.all()) for (const log of topic.partitions) log.close();
  }
}

/** Damage is an error although the broker goes on: records that were acknowledged are gone. */
const logged = (logger: Logger): FaultListener => ({
  torn: (torn) => logger.warn(torn, 'cut off what followed the last whole batch'),
  damaged: (damage) =>
    logger.error({ code: 'SEGMENT_DAMAGED', ...damage }, 'records cannot be read, and consumers are led past them'),
});

function checkPartitionCount(count: number): void {
  if (count < 1 || count > MOST_PARTITIONS) {
    throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `a topic has 1 to ${MOST_PARTITIONS} partitions, not ${count}`);
  }
}

function unknownPartition(name: string, partition?: number): KafkaError {
  const what = partition === undefined ? `topic ${name}` : `partition ${name}/${partition}`;
  return new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no ${what}`);
}
