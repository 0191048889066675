import { beforeAll, describe, expect, test } from 'vitest';
import { type KillResult, killCampaign } from './harness/kill-campaign.js';

const SEED = Number(process.env['EUPNEA_SEED'] ?? 20_261_123);
const KILLS = 20;

const UNDISTURBED = { missing: 0, extra: 0, different: 0, bucketsWrong: 0, deadLettersWrong: 0, examples: [] };

describe(`${KILLS} kills with seed ${SEED} (set EUPNEA_SEED for another)`, () => {
  let result: KillResult;
  beforeAll(async () => {
    result = await killCampaign({ seed: SEED, kills: KILLS, streams: 36, simulated: 0, throughGateway: 4 });
    console.log(JSON.stringify(result));
  }, 900_000);

  test('leave exactly the rows, buckets and dead letters that an uninterrupted run over the same log gives', () => {
    expect(result).toMatchObject(UNDISTURBED);
    expect(result.estimates).toBeGreaterThan(50);
    expect(result.deadLetters).toBeGreaterThan(5);
  });

  test('hit every fault point twice, and make no service end that was not killed', () => {
    expect(result.kills).toBe(KILLS);
    expect(result.faults).toEqual({
      'estimator.afterProduce': 2,
      'recorder.afterInsert': 2,
      'store.withinRecompute': 2,
      'local-kafka.withinWrite': 2,
      'local-clickhouse.withinStatement': 2,
    });
    expect(result.ownEnds).toEqual([]);
  });

  test('break no session that was sent through the gateway', () => {
    expect(result.gatewaySessionsBroken).toEqual([]);
    expect(result.gatewaySessions).toBeGreaterThan(4);
  });

  test('make the estimator publish nothing twice but byte for byte', () => {
    expect(result.publishedUnequally).toEqual([]);
  });
});
