import { join } from 'node:path';
import { createOnnxEngine, loadBundle } from '#libs/breath-model';
import { type BreathEstimate, decode, encode } from '#libs/contracts';
import { PartitionStreams, type StreamWindow, estimateModel, estimateWindows } from '#libs/estimation';
import { type LogRecord, partitionerFor } from '#libs/messaging';
import { root } from '../../support/stack.js';

/** What an uninterrupted estimator says about the audio topic. */
export interface Expected {
  estimates: BreathEstimate[];
  /** `partition/offset code` of every record that is set aside. */
  deadLetters: string[];
  dropped: number;
}

/** The same pure core as in the service, over the whole log at once, with no crash in between. */
export async function expectedFrom(log: Map<number, LogRecord[]>, modelPath = 'models/default'): Promise<Expected> {
  const bundle = await loadBundle(join(root, modelPath));
  const engine = await createOnnxEngine(bundle);
  const model = estimateModel(bundle, engine);
  const partitionOfKey = partitionerFor(log.size);
  const windows: StreamWindow[] = [];
  const deadLetters: string[] = [];
  let dropped = 0;
  for (const [partition, records] of log) {
    const streams = new PartitionStreams({ partition, partitionOfKey, extractor: model.extractor });
    for (const record of records) {
      const outcome = streams.take(record);
      windows.push(...outcome.windows);
      if (outcome.rejection) deadLetters.push(`${partition}/${record.offset} ${outcome.rejection.reject.code}`);
      if (outcome.dropped) dropped += 1;
    }
  }
  const estimates = await estimateWindows(windows, model);
  await engine.close();
  return { estimates: estimates.map(asPublished), deadLetters: deadLetters.sort(), dropped };
}

/** Through the codec, which rounds to single precision. */
function asPublished(estimate: BreathEstimate): BreathEstimate {
  const decoded = decode(encode('BreathEstimate', estimate), 'BreathEstimate');
  if (decoded.kind !== 'ok') throw new Error('an estimate does not survive its own codec');
  return decoded.value.value;
}

const ROW_OF = (estimate: BreathEstimate) => ({
  subject_id: estimate.subjectId,
  device_id: estimate.deviceId,
  session_id: estimate.sessionId,
  session_started_at: estimate.sessionStartedAt,
  window_start: estimate.windowStart,
  start_sample: estimate.startSample,
  window_samples: estimate.windowSamples,
  window_seconds: Math.fround(estimate.windowSamples / 16_000),
  rr_per_minute: estimate.rrPerMinute,
  rr_std_dev: estimate.rrStdDev,
  breath_count: estimate.breathCount,
  p_none: estimate.pNone,
  p_normal: estimate.pNormal,
  p_heavy: estimate.pHeavy,
  p_noise: estimate.pNoise,
  quality: estimate.quality,
  rest_state: estimate.restState,
  stage: estimate.stage,
  environment: estimate.environment,
  time_zone: estimate.timeZone,
  model_version: estimate.modelVersion,
});

export type StoredRow = ReturnType<typeof ROW_OF>;

export const rowsOf = (estimates: BreathEstimate[]): StoredRow[] => estimates.map(ROW_OF).sort(byIdentity);

/** Every column of the table; one that the schema gains fails the test until it is compared here. */
export const STORED_ROWS = `
  SELECT * REPLACE (toUnixTimestamp64Milli(session_started_at) AS session_started_at,
                    toUnixTimestamp64Milli(window_start) AS window_start)
  FROM eupnea.estimates FINAL`;

/** What JSON gives: 64-bit integers as text, floats in their shortest form. */
export function parseRow(row: Record<string, string | number>): StoredRow {
  const parsed = Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (['session_started_at', 'window_start', 'start_sample'].includes(name)) return [name, Number(value)];
      return [name, typeof value === 'number' ? Math.fround(value) : value];
    }),
  );
  return parsed as unknown as StoredRow;
}

export function byIdentity(a: StoredRow, b: StoredRow): number {
  return a.session_id.localeCompare(b.session_id) || a.start_sample - b.start_sample;
}
