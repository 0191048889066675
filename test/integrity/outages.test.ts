import { beforeAll, describe, expect, test } from 'vitest';
import { mountSmallDisk } from '../support/small-disk.js';
import { type OutageResult, faultsOfOutage, outageCampaign } from './harness/outage-campaign.js';
import type { Outage } from './harness/outages.js';

const SECONDS_EACH = 10;

const probe = mountSmallDisk(1);
probe?.unmount();
const outages: Outage[] = ['clickhouse', 'slow-clickhouse', 'broker', ...(probe ? (['disk-full'] as const) : [])];

describe(`under load, one after another: ${outages.join(', ')}`, () => {
  let result: OutageResult;
  const lagPeakOf = (outage: Outage) => result.outages.find((figures) => figures.outage === outage)?.lagPeak;
  const refusalsIn = (outage: Outage) => result.outages.find((figures) => figures.outage === outage)?.refusals;
  beforeAll(async () => {
    result = await outageCampaign({ outages, seconds: SECONDS_EACH, seed: 5, streams: 40, simulated: 0 });
    console.log(JSON.stringify(result));
  }, 1_800_000);

  test('nothing is missing, extra or different, no service ends, and memory stays within its bounds', () => {
    expect(faultsOfOutage(result), result.examples.join('\n')).toEqual([]);
    expect(result.estimates).toBeGreaterThan(100);
  });

  test('the lag metrics show that ClickHouse is away, and that all is caught up in the end', () => {
    expect(lagPeakOf('clickhouse')).toBeGreaterThan(20);
    expect(result.lagAfter).toBeLessThan(lagPeakOf('clickhouse') as number);
  });

  test('a producer tells its caller that it cannot deliver', () => {
    expect(refusalsIn('broker')).toBeGreaterThan(0);
  });

  test.runIf(probe)('and that the disk of the broker is full', () => {
    expect(refusalsIn('disk-full')).toBeGreaterThan(0);
  });
});
