import type { ChunkLimits } from '#libs/chunk-checks';
import { EupneaError, TOPICS } from '#libs/contracts';
import { type TimeRange, decodeMarks, readFromMs } from '#libs/estimation';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { QUARTER_MS, timeText } from './arguments.js';

/** What of one partition is to be read, and how much of it is done. */
export interface PartitionProgress {
  partition: number;
  /** Offset of the first record that the range needs. */
  start: bigint;
  /** Offset behind the last one that the log held when the command began. */
  end: bigint;
  /** Offset up to which all results are in the store. */
  done: bigint;
}

/** What the log holds of a partition. */
interface Held {
  partition: number;
  low: bigint;
  high: bigint;
}

/**
 * The part of the audio topic that a range needs, and the marks of its replay. The marks are those of a consumer group
 * of the replay's own, named by model version and range; the live consumers' group is never touched.
 */
export class RangeLog {
  private constructor(
    private readonly admin: Admin,
    private readonly groupId: string,
    private readonly partitions: readonly Omit<PartitionProgress, 'done'>[],
  ) {}

  /**
   * Finds what the range needs and gives the group its first marks where it has none.
   * @param again forgets the marks, so that everything is replayed anew
   * @throws EupneaError RANGE_NOT_RETAINED when records that the range needs have expired
   */
  static async open(
    kafka: Kafka,
    groupId: string,
    range: TimeRange,
    limits: ChunkLimits,
    again: boolean,
  ): Promise<RangeLog> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const held = await heldBy(admin);
      const starts = await offsetsSince(admin, readFromMs(range, limits));
      const partitions = held.map(({ partition, high }) => {
        return { partition, start: starts.get(partition) ?? high, end: high };
      });
      const marks = again ? new Map<number, bigint>() : await committed(admin, groupId);
      const isWhole = await wholeSince(
        admin,
        held.filter(({ partition }) => !marks.has(partition)),
      );
      const isGone = held.some(({ partition, low }) => (marks.get(partition) ?? low) < low);
      if (isGone || !(await isWhole(readFromMs(range, limits)))) throw await notRetained(admin, held, range, limits);
      const fresh = partitions.filter(({ partition }) => !marks.has(partition));
      if (fresh.length > 0) await begin(admin, groupId, fresh);
      return new RangeLog(admin, groupId, partitions);
    } catch (error) {
      await admin.disconnect();
      throw error;
    }
  }

  /** How far the replay is, in all processes that take part in it. */
  async progress(): Promise<PartitionProgress[]> {
    const done = await processed(this.admin, this.groupId);
    return this.partitions.map((partition) => ({ ...partition, done: done.get(partition.partition) ?? 0n }));
  }

  endOf(partition: number): bigint {
    return this.partitions.find((candidate) => candidate.partition === partition)?.end ?? 0n;
  }

  /** @throws EupneaError RANGE_NOT_RETAINED when records from `offset` on have expired */
  async requireHeld(partition: number, offset: bigint): Promise<void> {
    const { low = 0n } = (await heldBy(this.admin)).find((candidate) => candidate.partition === partition) ?? {};
    if (low <= offset) return;
    throw new EupneaError('RANGE_NOT_RETAINED', `${low - offset} records expired before they were replayed`, {
      hint: 'Begin a new replay with a later --from.',
    });
  }

  close(): Promise<void> {
    return this.admin.disconnect();
  }
}

export const isFinished = (progress: readonly PartitionProgress[]): boolean =>
  progress.every(({ done, end }) => done >= end);

async function heldBy(admin: Admin): Promise<Held[]> {
  const offsets = await admin.fetchTopicOffsets(TOPICS.audio);
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((a, b) => a.partition - b.partition);
}

/**
 * A question to the log: does it hold all that was appended since a time? It does where nothing ever expired, or where
 * something older is still there. A partition that is empty by now tells nothing but the topic's retention.
 */
async function wholeSince(admin: Admin, partitions: readonly Held[]): Promise<(timeMs: number) => Promise<boolean>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: TOPICS.audio, configNames: ['retention.ms'] }],
  });
  const retentionMs = Number(resources[0]?.configEntries[0]?.configValue ?? -1);
  const expiredBefore = retentionMs < 0 ? 0 : Date.now() - retentionMs;
  return async (timeMs) => {
    const starts = await offsetsSince(admin, timeMs);
    return partitions.every(({ partition, low, high }) => {
      if (low === 0n) return true;
      return low === high ? timeMs >= expiredBefore : (starts.get(partition) ?? low) > low;
    });
  };
}

/** By partition, the offset of the first record appended at that time or later; behind the last one where none was. */
async function offsetsSince(admin: Admin, timeMs: number): Promise<Map<number, bigint>> {
  const offsets = await admin.fetchTopicOffsetsByTimestamp(TOPICS.audio, Math.max(0, timeMs));
  return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
}

async function marksOf(admin: Admin, groupId: string) {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [TOPICS.audio] });
  return (answer?.partitions ?? [])
    .filter(({ offset }) => Number(offset) >= 0)
    .map(({ partition, offset, metadata }) => ({ partition, ...decodeMarks(BigInt(offset), metadata ?? undefined) }));
}

const committed = async (admin: Admin, groupId: string): Promise<Map<number, bigint>> =>
  new Map((await marksOf(admin, groupId)).map(({ partition, low }) => [partition, low]));

const processed = async (admin: Admin, groupId: string): Promise<Map<number, bigint>> =>
  new Map((await marksOf(admin, groupId)).map(({ partition, high }) => [partition, high]));

/** Gives partitions their first marks. @throws EupneaError USAGE while another process is at the same replay */
async function begin(
  admin: Admin,
  groupId: string,
  partitions: readonly Omit<PartitionProgress, 'done'>[],
): Promise<void> {
  const { groups } = await admin.describeGroups([groupId]);
  if (groups.some(({ members }) => members.length > 0)) {
    throw new EupneaError('USAGE', 'another process is at the same replay, which therefore cannot begin anew', {
      hint: 'Stop it first; one that was killed is missed after half a minute.',
    });
  }
  const offsets = partitions.map(({ partition, start }) => ({ partition, offset: String(start) }));
  await admin.setOffsets({ groupId, topic: TOPICS.audio, partitions: offsets });
}

/** Finds, by bisection to a quarter of an hour, where a range may begin at the earliest. */
async function notRetained(
  admin: Admin,
  partitions: readonly Held[],
  range: TimeRange,
  limits: ChunkLimits,
): Promise<EupneaError> {
  const isWhole = await wholeSince(admin, partitions);
  const needed = (quarter: number) => readFromMs({ ...range, fromMs: quarter * QUARTER_MS }, limits);
  let gone = range.fromMs / QUARTER_MS;
  let held = Math.ceil((Date.now() - needed(0)) / QUARTER_MS);
  while (held - gone > 1) {
    const middle = Math.floor((gone + held) / 2);
    if (await isWhole(needed(middle))) held = middle;
    else gone = middle;
  }
  return new EupneaError(
    'RANGE_NOT_RETAINED',
    `the audio log no longer holds all that a range from ${timeText(range.fromMs)} needs`,
    {
      hint: `Ranges from ${timeText(held * QUARTER_MS)} on can be replayed; older audio has expired. A switch to a finished replay needs none.`,
    },
  );
}
