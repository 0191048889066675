import { decode, encode } from '#libs/contracts';
import {
  type EstimateModel,
  PartitionStreams,
  type RecordOutcome,
  type StreamWindow,
  estimateWindows,
} from '#libs/estimation';
import { accountOf } from './account.js';
import { Dice } from '../support/dice.js';
import { inLog, throwMessage } from './message.js';
import { PARTITION, neighbour, partitionOfKey, targets } from './specimens.js';
import { type Tally, count, emptyTally } from './tally.js';

/** Messages that one estimator's partition sees before the next begins anew. */
export const EPISODE_MESSAGES = 500;

type Streams = Pick<PartitionStreams, 'take' | 'marks'>;

export interface EpisodeOptions {
  seed: number;
  /** Number of the episode: with the seed it tells every message in it. */
  episode: number;
  messages: number;
  model: EstimateModel;
  /** Makes what is thrown at; tests put something broken here. */
  streams?: () => Streams;
  /** Called with a message's number before it is thrown. */
  onMessage?: (message: number) => void;
}

const BEGIN_MS = 1_700_000_000_000;
const WINDOWING = { windowSeconds: 4, hopSeconds: 2, minimumSeconds: 4 };
/** Each 15th message is the neighbour's, so that some 16 s of its sound lie between the others'. */
const NEIGHBOUR_EVERY = 15;
/** Now and then the log is silent for so long that every stream ends. */
const SILENCE_MS = 130_000;
const LONGEST_ESTIMATE_BYTES = 2_048;

/** Throws messages at one partition of an estimator and says what became of them. */
export async function runEpisode(options: EpisodeOptions): Promise<Tally> {
  const { seed, episode, messages, model } = options;
  const dice = Dice.of(seed, episode);
  const fresh = options.streams ?? (() => streamsOf(model));
  const tally = emptyTally();
  const [all, alone] = [fresh(), fresh()];
  const specimens = targets(dice, BEGIN_MS - 600_000);
  const device = neighbour(BEGIN_MS - 600_000);
  const windows = { all: [] as StreamWindow[], alone: [] as StreamWindow[] };
  const neighbourId = device.next().subjectId;
  const fault = (kind: 'crashes' | 'unaccounted' | 'neighbourDifferences', message: number, what: string) => {
    tally[kind] += 1;
    tally.faults.push(`${kind}: ${what} (--seed ${seed} --episode ${episode}, message ${message})`);
  };

  let appendTimeMs = BEGIN_MS;
  for (let message = 0; message < messages; message++) {
    options.onMessage?.(message);
    appendTimeMs += dice.chance(0.002) ? SILENCE_MS : dice.below(50);
    const isNeighbours = message % NEIGHBOUR_EVERY === 0;
    const thrown = isNeighbours
      ? { key: Buffer.from(neighbourId), value: encode('AudioChunk', device.next()), headers: {} }
      : throwMessage(dice, specimens);
    if (isNeighbours) device.advance();
    const record = inLog(thrown, message, appendTimeMs);
    const original = Buffer.from(record.value ?? []);
    const startedAt = performance.now();
    try {
      const outcome = all.take(record);
      tally.windows += outcome.windows.length;
      windows.all.push(...outcome.windows.filter(({ stream }) => stream.subjectId === neighbourId));
      await publishable(outcome, model);
      const account = accountOf(record, original, outcome, all);
      if (account.fault !== undefined) fault('unaccounted', message, account.fault);
      if (account.kind === 'accepted') tally.accepted += 1;
      else count(account.kind === 'dropped' ? tally.dropped : tally.deadLettered, account.reason);
      if (isNeighbours && account.kind !== 'accepted') {
        fault('neighbourDifferences', message, `a good chunk was ${account.kind}: ${account.reason}`);
      }
    } catch (error) {
      fault('crashes', message, String((error as Error).stack ?? error));
    }
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt);
    if (isNeighbours) windows.alone.push(...alone.take(record).windows);
  }
  tally.messages = messages;
  tally.neighbourWindows = windows.alone.length;
  const difference = firstDifference(windows.all, windows.alone);
  if (difference !== undefined) fault('neighbourDifferences', messages, difference);
  return tally;
}

const streamsOf = ({ extractor }: EstimateModel): Streams =>
  new PartitionStreams({ partition: PARTITION, partitionOfKey, extractor, windowing: WINDOWING });

/** Windows become estimates that any broker takes and any reader reads. */
async function publishable({ windows }: RecordOutcome, model: EstimateModel): Promise<void> {
  if (windows.length === 0) return;
  for (const estimate of await estimateWindows(windows, model)) {
    const encoded = encode('BreathEstimate', estimate);
    if (encoded.length > LONGEST_ESTIMATE_BYTES) throw new Error(`an estimate of ${encoded.length} bytes`);
    if (decode(encoded, 'BreathEstimate').kind !== 'ok') throw new Error('an estimate that nobody can read');
    if (!Number.isFinite(estimate.rrPerMinute + estimate.rrStdDev)) throw new Error('an estimate that is no number');
  }
}

/** A stream's windows beside those that it has when it is alone. */
function firstDifference(found: StreamWindow[], wanted: StreamWindow[]): string | undefined {
  const at = wanted.findIndex((window, index) => !isSame(window, found[index]));
  if (at >= 0) return `window ${at} of ${wanted.length} of the neighbour is missing or different`;
  return found.length > wanted.length ? `${found.length - wanted.length} windows of the neighbour too many` : undefined;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

function isSame(a: StreamWindow, b: StreamWindow | undefined): boolean {
  if (b === undefined) return false;
  return (
    a.window.startSample === b.window.startSample &&
    a.window.windowSamples === b.window.windowSamples &&
    bytesOf(a.window.frames).equals(bytesOf(b.window.frames))
  );
}
