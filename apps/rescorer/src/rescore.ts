import { setTimeout as sleep } from 'node:timers/promises';
import { createOnnxEngine, loadBundle } from '#libs/breath-model';
import { type BreathEstimate, EupneaError, TOPICS } from '#libs/contracts';
import { type EstimateModel, type TimeRange, estimateModel, optionsFrom } from '#libs/estimation';
import { LogConsumer, createKafka, ensureTopics, isTransient, partitionerFor } from '#libs/messaging';
import { type Logger, waitFor } from '#libs/platform';
import type { Store, VersionRange } from '#libs/store';
import { timeText } from './arguments.js';
import { PartitionRescorer } from './partition-rescorer.js';
import { type PartitionProgress, RangeLog, isFinished } from './range-log.js';
import type { Settings } from './settings.js';

const POLL_EVERY_MS = 500;
/** Of a partition at a time: fewer, larger batches than a live consumer wants. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;

export interface RescoreOptions {
  /** Folder of the model bundle. */
  model: string;
  range: TimeRange;
  /** Replays everything anew, whatever was done before. */
  again: boolean;
}

export interface RescoreSummary {
  modelVersion: string;
  from: string;
  to: string;
  /** Windows that this process wrote; what it found done is not among them. */
  windowsWritten: number;
  /** Whether all of the range is replayed, as far as the log went when the command began. */
  finished: boolean;
}

/**
 * Replays a time range of the audio topic through a model into the store. What it writes stays unseen until a switch.
 * @param onProgress told every half second
 * @throws EupneaError MODEL_MISSING, MODEL_BROKEN, RANGE_NOT_RETAINED, VERSION_IS_LIVE
 */
export async function rescore(
  { model: folder, range, again }: RescoreOptions,
  settings: Settings,
  store: Store,
  logger: Logger,
  signal: AbortSignal,
  onProgress: (progress: readonly PartitionProgress[]) => void,
): Promise<RescoreSummary> {
  const bundle = await loadBundle(folder);
  const model = estimateModel(bundle, await createOnnxEngine(bundle));
  const version = { modelVersion: model.engine.modelVersion, ...range };
  const kafka = createKafka(settings.KAFKA_BROKERS, 'eupnea-rescorer', logger);
  const partitions = await waitFor('Kafka', () => ensureTopics(kafka, [TOPICS.audio]), logger, signal);
  await waitFor('ClickHouse', () => store.migrate(), logger, signal);
  await refuseLiveVersion(store, version);

  const { limits } = optionsFrom(settings);
  const groupId = groupOf(version);
  const log = await RangeLog.open(kafka, groupId, range, limits, again);
  try {
    await store.beginReplay(version);
    let windowsWritten = 0;
    const record = async (rows: BreathEstimate[]) => {
      await store.record(rows);
      windowsWritten += rows.length;
    };
    const finished = await replay(
      { kafka, groupId, log, logger, signal, onProgress, sessionTimeoutMs: settings.KAFKA_SESSION_TIMEOUT_MS },
      { partitionOfKey: partitionerFor(partitions), model, range, record, settings },
    );
    if (finished) await store.endReplay(version);
    return {
      modelVersion: version.modelVersion,
      from: timeText(range.fromMs),
      to: timeText(range.toMs),
      windowsWritten,
      finished,
    };
  } finally {
    await log.close();
    await model.engine.close();
  }
}

/** A process that takes part in the replay of another one joins it: partitions are shared, and so are the marks. */
const groupOf = ({ modelVersion, fromMs, toMs }: VersionRange): string =>
  `eupnea-rescore-${modelVersion}-${timeText(fromMs)}-${timeText(toMs)}`;

/** Replaying what the live path says itself would hide it, and change nothing. */
async function refuseLiveVersion(store: Store, version: VersionRange): Promise<void> {
  const first = await store.firstLiveWindow(version);
  if (first === undefined) return;
  throw new EupneaError(
    'VERSION_IS_LIVE',
    `the estimator itself published ${version.modelVersion} in this range, from ${new Date(first).toISOString()} on`,
    { hint: 'Name another model, or a range that ends before.' },
  );
}

interface Wiring {
  kafka: ReturnType<typeof createKafka>;
  groupId: string;
  log: RangeLog;
  logger: Logger;
  signal: AbortSignal;
  onProgress: (progress: readonly PartitionProgress[]) => void;
  sessionTimeoutMs: number;
}

interface Work {
  partitionOfKey: (key: Buffer) => number;
  model: EstimateModel;
  range: TimeRange;
  record: (rows: BreathEstimate[]) => Promise<void>;
  settings: Settings;
}

/** @returns whether all is done; not so when the signal came first */
async function replay({ log, signal, onProgress, ...wiring }: Wiring, work: Work): Promise<boolean> {
  const { partitionOfKey, model, range, record, settings } = work;
  let progress = await log.progress();
  onProgress(progress);
  if (isFinished(progress)) return true;

  let fail = (_: unknown): void => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const consumer = new LogConsumer({
    ...wiring,
    topics: [TOPICS.audio],
    maxBytesPerPartition: BYTES_AT_ONCE,
    onFatal: (error) => fail(error),
    open: ({ partition }, committed) => {
      if (committed === undefined) throw new Error(`the marks of partition ${partition} are gone`);
      return new PartitionRescorer({
        options: { partition, partitionOfKey, ...optionsFrom(settings) },
        model,
        range,
        end: log.endOf(partition),
        committed,
        record,
        requireHeld: (offset) => log.requireHeld(partition, offset),
      });
    },
  });
  try {
    await Promise.race([consumer.start(), failed]);
    while (!isFinished(progress) && !signal.aborted) {
      await Promise.race([sleep(POLL_EVERY_MS), failed]);
      progress = await log.progress().catch(keptWhileAway(progress));
      onProgress(progress);
    }
    return isFinished(progress);
  } finally {
    await consumer.stop();
  }
}

/** The consumer waits for a broker that is away, and so does the bar. */
const keptWhileAway =
  <T>(last: T) =>
  (error: unknown): T => {
    if (isTransient(error)) return last;
    throw error;
  };
