import { expect, test } from 'vitest';
import { describeIf } from '../support/describe-if.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { faultsOfOutage, outageCampaign } from './harness/outage-campaign.js';
import type { Outage } from './harness/outages.js';

const PATIENCE_MS = 900_000;

async function survive(outage: Outage, seconds: number, untilRefused = false) {
  const result = await outageCampaign({ outage, seconds, untilRefused, seed: 5, streams: 40, simulated: 0 });
  console.log(JSON.stringify(result));
  expect(faultsOfOutage(result), result.examples.join('\n')).toEqual([]);
  expect(result.estimates).toBeGreaterThan(50);
  expect(result.lagAfter).toBeLessThan(result.lagPeak);
  return result;
}

test('ClickHouse away: the recorder waits in bounded memory, its lag shows it, and everything arrives later', async () => {
  expect((await survive('clickhouse', 20)).lagPeak).toBeGreaterThan(50);
}, PATIENCE_MS);

test('a ClickHouse that takes seconds for every statement loses nothing', async () => {
  await survive('slow-clickhouse', 20);
}, PATIENCE_MS);

test('the broker away: the producer tells its caller that nothing is delivered, and afterwards nothing is missing', async () => {
  expect((await survive('broker', 5, true)).refusals).toBeGreaterThan(0);
}, PATIENCE_MS);

const probe = mountSmallDisk(1);
probe?.unmount();
describeIf(probe !== undefined, 'this user may not mount a small disk', 'the disk of the broker', () => {
  test('is full: whoever appends is told so, and with room again nothing is missing', async () => {
    await survive('disk-full', 10, true);
  }, PATIENCE_MS);
});
