import { beforeAll, describe, expect, test } from 'vitest';
import { type AlerterResult, alerterCampaign } from './harness/alerter-campaign.js';
import { ALERTER_VICTIMS } from './harness/plan.js';

const SEED = Number(process.env['EUPNEA_SEED'] ?? 20_261_126);
const KILLS = 6;
const ALERTING = ALERTER_VICTIMS.filter(({ name }) => name === 'alerter' || name === 'notifier');

describe(`${KILLS} kills of alerter and notifier with seed ${SEED} (set EUPNEA_SEED for another)`, () => {
  let result: AlerterResult;
  beforeAll(async () => {
    result = await alerterCampaign({ seed: SEED, kills: KILLS, people: 24, victims: ALERTING });
    console.log(JSON.stringify(result));
  }, 600_000);

  test('leave exactly the rates, episodes and alerts of an uninterrupted run over the same log', () => {
    expect(result).toMatchObject({ missing: 0, extra: 0, different: 0, examples: [], publishedUnequally: [] });
    expect(result.rates).toBeGreaterThan(200);
    expect(result.episodes).toBeGreaterThan(20);
    expect(result.alerts).toBeGreaterThan(50);
    expect(result.rulesVersion).toBeGreaterThan(1);
  });

  test('tell a receiver of every change that it must hear of, and of nothing else, repeats under the same key', () => {
    expect(result).toMatchObject({
      notificationsMissing: 0,
      notificationsExtra: 0,
      notificationsUnequal: 0,
      notificationsOutOfOrder: 0,
    });
    expect(result.notifications).toBeGreaterThan(50);
    expect(result.notified).toBeGreaterThan(result.notifications);
  });

  test('hit every fault point, and make no service end that was not killed', () => {
    expect(Object.keys(result.faults).sort()).toEqual([
      'alerter.afterCheckpoint',
      'alerter.afterPublish',
      'alerter.afterRuleChange',
      'notifier.afterDelivery',
    ]);
    expect(result.ownEnds).toEqual([]);
  });
});
