import { createOnnxEngine, loadBundle } from '#libs/breath-model';
import { type BreathEstimate, decode, encode } from '#libs/contracts';
import {
  type EstimateModel,
  PartitionStreams,
  type StreamWindow,
  estimateModel,
  estimateWindows,
} from '#libs/estimation';
import { type LogRecord, partitionerFor } from '#libs/messaging';

/** What an uninterrupted estimator says about an audio topic. */
export interface Expected {
  estimates: BreathEstimate[];
  /** `partition/offset code` of every record that is set aside. */
  deadLetters: Set<string>;
  chunks: number;
  dropped: number;
  modelVersion: string;
}

const WINDOWS_AT_ONCE = 256;

/**
 * The ground truth: the same pure core as in the service, over the whole log at once, with no service and no crash in
 * between. Takes the records in log order within their partition; partitions may alternate.
 */
export class Oracle {
  private readonly partitions = new Map<number, PartitionStreams>();
  private readonly expected: Expected;
  private windows: StreamWindow[] = [];

  private constructor(
    private readonly model: EstimateModel,
    private readonly partitionOfKey: (key: Buffer) => number,
  ) {
    const { modelVersion } = model.engine;
    this.expected = { estimates: [], deadLetters: new Set(), chunks: 0, dropped: 0, modelVersion };
  }

  /** @param partitions how many the topic has */
  static async load(modelPath: string, partitions: number): Promise<Oracle> {
    const bundle = await loadBundle(modelPath);
    return new Oracle(estimateModel(bundle, await createOnnxEngine(bundle)), partitionerFor(partitions));
  }

  async take(record: LogRecord): Promise<void> {
    const outcome = this.streamsOf(record.partition).take(record);
    this.expected.chunks += 1;
    if (outcome.dropped) this.expected.dropped += 1;
    if (outcome.rejection) {
      this.expected.deadLetters.add(`${record.partition}/${record.offset} ${outcome.rejection.reject.code}`);
    }
    this.windows.push(...outcome.windows);
    if (this.windows.length >= WINDOWS_AT_ONCE) await this.infer();
  }

  async finish(): Promise<Expected> {
    await this.infer();
    await this.model.engine.close();
    return this.expected;
  }

  private async infer(): Promise<void> {
    const estimates = await estimateWindows(this.windows, this.model);
    this.windows = [];
    for (const estimate of estimates) this.expected.estimates.push(asPublished(estimate));
  }

  private streamsOf(partition: number): PartitionStreams {
    const known = this.partitions.get(partition);
    if (known) return known;
    const { partitionOfKey } = this;
    const streams = new PartitionStreams({ partition, partitionOfKey, extractor: this.model.extractor });
    this.partitions.set(partition, streams);
    return streams;
  }
}

/** What a log in memory must give, partition by partition. */
export async function expectedOf(log: ReadonlyMap<number, LogRecord[]>, modelPath: string): Promise<Expected> {
  const oracle = await Oracle.load(modelPath, log.size);
  for (const record of [...log.values()].flat()) await oracle.take(record);
  return oracle.finish();
}

/** Through the codec, which rounds to single precision. */
function asPublished(estimate: BreathEstimate): BreathEstimate {
  const decoded = decode(encode('BreathEstimate', estimate), 'BreathEstimate');
  if (decoded.kind !== 'ok') throw new Error('an estimate does not survive its own codec');
  return decoded.value.value;
}
