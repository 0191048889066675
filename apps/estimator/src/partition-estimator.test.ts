import { expect, test } from 'vitest';
import { TOPICS } from '#libs/contracts';
import type { EstimateModel } from '#libs/estimation';
import type { LogProducer, LogRecord, OutgoingRecord } from '#libs/messaging';
import { processedLag } from './estimator-metrics.js';
import { PartitionEstimator } from './partition-estimator.js';

const rubbish = (offset: bigint): LogRecord => ({
  topic: TOPICS.audio,
  partition: 3,
  offset,
  appendTimeMs: 1_000,
  key: null,
  value: Buffer.from('rubbish'),
  headers: {},
});

test('once its partition was given away it publishes nothing and tells no lag', async () => {
  const appended: OutgoingRecord[] = [];
  const producer = { append: async (records: OutgoingRecord[]) => void appended.push(...records) } as LogProducer;
  const model = { engine: { modelVersion: 'm', run: async () => [] } } as unknown as EstimateModel;
  const estimator = new PartitionEstimator({ partition: 3, partitionOfKey: () => 3 }, model, producer, undefined);
  const lags = async () => (await processedLag.get()).values.map(({ value }) => value);
  let isOwner = true;
  const context = {
    highWatermark: 10n,
    committed: undefined,
    heartbeat: async () => undefined,
    isCurrent: () => isOwner,
  };

  await estimator.process([rubbish(0n)], context);
  expect([appended.length, await lags()]).toEqual([1, [9]]);
  isOwner = false;
  estimator.close();
  await estimator.process([rubbish(1n)], context);
  expect([appended.length, await lags()]).toEqual([1, []]);
});
