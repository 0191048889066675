import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type Logger, waitFor } from '#libs/platform';
import { registerCodecs } from './codecs.js';
import { CommittedMarks } from './committed.js';
import { isLostMembership, isTransient, kafkaFault } from './faults.js';
import { withHeartbeat } from './heartbeat.js';
import type { LogRecord } from './log-record.js';
import { OwnedPartition } from './owned-partition.js';
import type { CommitMark, PartitionHandler, TopicPartition } from './partition.js';
import { runConsumer } from './run-consumer.js';

export interface LogConsumerOptions {
  kafka: Kafka;
  groupId: string;
  topics: string[];
  logger: Logger;
  /**
   * Makes the state of a partition that this member now owns; `committed` is where its records begin. Called anew, with
   * everything of before thrown away, after each rebalance and each fault. Records wait while it reads what it needs.
   */
  open(partition: TopicPartition, committed: CommitMark | undefined): PartitionHandler | Promise<PartitionHandler>;
  /** Lets every owned partition do something in between batches, e.g. append a watermark. */
  tickEveryMs?: number;
  /** A fault that nobody expected; the default ends the process, and the log replays. */
  onFatal?: (error: unknown) => void;
  /** So many records of a partition expired before they were read. */
  onLost?: (partition: TopicPartition, records: bigint) => void;
  /** Consumers that are in the group longer than this without a heartbeat are out. @default 30000 */
  sessionTimeoutMs?: number;
  /** @default 2 MiB */
  maxBytesPerPartition?: number;
  /** Longest wait of a fetch for its first record. @default 100 */
  maxWaitMs?: number;
}

/** One join of the group until the next: kafkajs forgets its fetch positions in between, and we all state. */
interface Epoch {
  isOver: boolean;
  owned: Map<string, Promise<OwnedPartition>>;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;
/** What is not done by then is replayed by the next owner. */
const LONGEST_DRAIN_MS = 1_500;

/**
 * A member of a consumer group that hands each partition's records, in order and one batch at a time, to a handler, and
 * commits what the handler says, when it says it; partitions run beside each other.
 *
 * On a transient fault the partition's state is thrown away, the partition pauses, and reading goes on at its committed
 * offset. What still runs for an earlier epoch commits nothing.
 */
export class LogConsumer {
  private readonly consumer: Consumer;
  private readonly committed: CommittedMarks;
  private readonly backoffs = new Map<string, number>();
  private readonly active = new Set<Promise<void>>();
  private epoch: Epoch = { isOver: true, owned: new Map() };
  private stopping = false;
  private ticker: NodeJS.Timeout | undefined;

  constructor(private readonly options: LogConsumerOptions) {
    this.committed = new CommittedMarks(options.kafka, options.groupId);
    const sessionTimeout = options.sessionTimeoutMs ?? 30_000;
    this.consumer = options.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout,
      heartbeatInterval: Math.min(3_000, Math.round(sessionTimeout / 10)),
      maxWaitTimeInMs: options.maxWaitMs ?? 100,
      maxBytesPerPartition: options.maxBytesPerPartition ?? 2 * 1024 * 1024,
      maxBytes: 32 * 1024 * 1024,
      allowAutoTopicCreation: false,
      retry: { retries: 8, maxRetryTime: 5_000 },
    });
  }

  /** Joins the group and begins to read. Resolves once the first assignment is there. */
  async start(): Promise<void> {
    await registerCodecs();
    const { consumer, options } = this;
    const { GROUP_JOIN, REBALANCING, CRASH } = consumer.events;
    const firstJoin = new Promise<void>((resolve) => {
      consumer.on(GROUP_JOIN, ({ payload }) => {
        this.beginEpoch(payload.memberAssignment);
        resolve();
      });
    });
    consumer.on(REBALANCING, () => this.endEpoch());
    consumer.on(CRASH, () => this.endEpoch());
    await consumer.connect();
    await consumer.subscribe({ topics: options.topics, fromBeginning: true });
    await runConsumer(
      consumer,
      {
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 64,
        eachBatch: (payload) => this.tracked(this.onBatch(payload)),
      },
      (error) => this.fail(error),
    );
    await firstJoin;
    if (options.tickEveryMs) this.ticker = setInterval(() => this.tick(), options.tickEveryMs);
  }

  /** Whether this member is in the group. */
  get isJoined(): boolean {
    return !this.epoch.isOver;
  }

  /** Takes no more batches, finishes and commits those in hand, and leaves the group. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.ticker);
    const drained = Promise.allSettled(this.active).then(() => this.commitLast());
    await Promise.race([drained, sleep(LONGEST_DRAIN_MS, undefined, { ref: false })]);
    this.endEpoch();
    await this.consumer.disconnect();
    await this.committed.close();
  }

  private beginEpoch(assignment: Record<string, number[]>): void {
    this.endEpoch();
    const epoch: Epoch = { isOver: false, owned: new Map() };
    this.epoch = epoch;
    for (const [topic, partitions] of Object.entries(assignment)) {
      this.consumer.resume([{ topic, partitions }]); // a pause outlives the epoch that set it
      for (const partition of partitions) this.own({ topic, partition }, epoch);
    }
  }

  private endEpoch(): void {
    const { epoch } = this;
    epoch.isOver = true;
    for (const opening of epoch.owned.values()) void opening.then(({ handler }) => handler.close?.());
    epoch.owned = new Map();
  }

  /** Opens a partition at its committed mark; waits for the broker as long as the epoch lasts. */
  private own(partition: TopicPartition, epoch: Epoch): Promise<OwnedPartition> {
    const opening = waitFor(
      'the committed offsets',
      async () => (epoch.isOver ? undefined : this.committed.of(partition)),
      this.options.logger,
    ).then(async (mark) => {
      const handler = await this.options.open(partition, mark);
      return new OwnedPartition(partition, handler, handler.startAt ?? mark?.offset);
    });
    opening.catch((error: unknown) => this.fail(error));
    epoch.owned.set(nameOf(partition), opening);
    return opening;
  }

  private async tracked(work: Promise<void>): Promise<void> {
    this.active.add(work);
    try {
      await work;
    } finally {
      this.active.delete(work);
    }
  }

  private async onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { epoch } = this;
    const name = nameOf(batch);
    const opening = epoch.owned.get(name);
    const owned = opening && (await withHeartbeat(payload, () => opening));
    const isCurrent = (): boolean => !epoch.isOver && epoch.owned.get(name) === opening;
    if (owned === undefined || !isCurrent() || this.stopping || payload.isStale()) return;
    try {
      const records = this.newRecords(owned, payload);
      // Resolving moves the fetch position only; done late, the same records would be fetched again and again.
      if (records !== 'elsewhere') payload.resolveOffset(batch.lastOffset());
      if (records === 'elsewhere' || records.length === 0) return;
      await owned.exclusively(async () => {
        if (!isCurrent()) return;
        const heartbeat = () => kafkajs(payload.heartbeat());
        const highWatermark = BigInt(batch.highWatermark);
        const { committed } = owned;
        const mark = await owned.handler.process(records, { highWatermark, committed, heartbeat, isCurrent });
        if (!isCurrent()) return;
        await commit(payload, mark);
        owned.committed = mark;
      });
      this.backoffs.delete(name);
      await kafkajs(payload.heartbeat());
    } catch (error) {
      if (isLostMembership(error)) throw error; // kafkajs joins again
      if (!isCurrent()) return; // a later owner does it all anew
      if (!isTransient(error)) return this.fail(error);
      epoch.owned.delete(name);
      this.startOver(owned, epoch, error);
    }
  }

  /** What was not handed over yet, or `elsewhere` when the batch lies behind where the partition's records begin. */
  private newRecords(owned: OwnedPartition, { batch }: EachBatchPayload): LogRecord[] | 'elsewhere' {
    const first = BigInt(batch.firstOffset() ?? batch.lastOffset());
    const place = owned.place(first);
    if (place === 'seek') {
      this.consumer.seek({ ...owned.partition, offset: String(owned.next) });
      return 'elsewhere';
    }
    if (place === 'hole') void this.reportLost(owned.partition, owned.next as bigint);
    const from = owned.advance(first, BigInt(batch.lastOffset()) + 1n);
    return batch.messages.map((message) => toRecord(owned.partition, message)).filter(({ offset }) => offset >= from);
  }

  /** A hole in the offsets may be a transaction's marker; only the start of the log tells that records were lost. */
  private async reportLost(partition: TopicPartition, next: bigint): Promise<void> {
    const start = await this.committed.startOf(partition).catch(() => undefined);
    if (start === undefined || start <= next) return;
    this.options.logger.error({ ...partition, records: Number(start - next) }, 'records expired before they were read');
    this.options.onLost?.(partition, start - next);
  }

  /** After a pause, new state at the committed offset; the other partitions go on meanwhile. */
  private startOver(before: OwnedPartition, epoch: Epoch, cause: unknown): void {
    const { partition } = before;
    const name = nameOf(partition);
    const delayMs = Math.min(2 * (this.backoffs.get(name) ?? FIRST_BACKOFF_MS / 2), LONGEST_BACKOFF_MS);
    this.backoffs.set(name, delayMs);
    const reason = (cause as Error).message;
    this.options.logger.warn({ partition: name, reason, delayMs }, 'trying the partition again');
    const paused = [{ topic: partition.topic, partitions: [partition.partition] }];
    this.consumer.pause(paused);
    setTimeout(() => {
      if (this.stopping || epoch.isOver) return before.handler.close?.();
      void this.own(partition, epoch).then((owned) => {
        if (this.stopping || epoch.isOver) return;
        owned.beginAt(owned.next ?? before.start);
        this.consumer.seek({ ...partition, offset: String(owned.next) });
        this.consumer.resume(paused);
      });
    }, delayMs);
  }

  private tick(): void {
    const { epoch } = this;
    for (const [name, opening] of epoch.owned) {
      void opening
        .then((owned) =>
          owned.exclusively(async () => {
            const isCurrent = !epoch.isOver && !this.stopping && epoch.owned.get(name) === opening;
            if (!isCurrent) return;
            await owned.handler.tick?.();
            await this.commitBetween(owned);
          }),
        )
        .catch((error: unknown) => {
          // What could not be appended or committed now is so with the next tick; kafkajs joins again by itself.
          if (!isTransient(error) && !isLostMembership(error)) this.fail(error);
        });
    }
  }

  private async commitBetween(owned: OwnedPartition): Promise<void> {
    const mark = owned.newMark();
    if (mark === undefined) return;
    const { offset, metadata = null } = mark;
    await kafkajs(this.consumer.commitOffsets([{ ...owned.partition, offset: String(offset), metadata }]));
    owned.committed = mark;
  }

  /** What became durable since the last tick; what cannot be committed is repeated. */
  private async commitLast(): Promise<void> {
    const openings = [...this.epoch.owned.values()];
    await Promise.allSettled(openings.map(async (opening) => this.commitBetween(await opening)));
  }

  private fail(error: unknown): void {
    if (this.stopping) return;
    this.endEpoch();
    const { onFatal } = this.options;
    if (onFatal) onFatal(error);
    else
      setImmediate(() => {
        throw error;
      });
  }
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

async function kafkajs<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw kafkaFault(error);
  }
}

/** At once and under the present generation, where `consumer.commitOffsets` would try again under a later one. */
async function commit({ batch: { topic, partition }, ...payload }: EachBatchPayload, mark: CommitMark): Promise<void> {
  const partitions = [{ partition, offset: String(mark.offset), metadata: mark.metadata ?? null }];
  await kafkajs(payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] }));
}

function toRecord(partition: TopicPartition, message: EachBatchPayload['batch']['messages'][number]): LogRecord {
  return {
    ...partition,
    offset: BigInt(message.offset),
    appendTimeMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
  };
}
