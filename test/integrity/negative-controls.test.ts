import { expect, test } from 'vitest';
import { killCampaign } from './harness/kill-campaign.js';
import type { Victim } from './harness/plan.js';
import type { Sabotage } from './harness/sabotage.js';

const SEED = 7;
/** Of the twenty within which it must show. */
const KILLS = 3;

/** Only the one whose safeguard is out. */
const ESTIMATOR: Victim = { name: 'estimator', faultPoints: [], mostVisits: 1, upMs: [3_000, 5_000] };
const RECORDER: Victim = {
  name: 'recorder',
  faultPoints: ['recorder.afterInsert', 'store.withinRecompute'],
  mostVisits: 2,
  upMs: [1_000, 2_000],
};

test.each<[Sabotage, Victim, 'missing' | 'extra']>([
  ['commit-early', ESTIMATOR, 'missing'],
  ['no-low-watermark', ESTIMATOR, 'missing'],
  ['no-deduplication', RECORDER, 'extra'],
])(
  `with %s the harness sees it within ${KILLS} kills`,
  async (sabotage, victim, fault) => {
    const result = await killCampaign({
      seed: SEED,
      kills: KILLS,
      streams: 16,
      simulated: 0,
      sabotage,
      victims: [victim],
    });
    console.log(sabotage, JSON.stringify(result));
    expect(result[fault]).toBeGreaterThan(0);
  },
  600_000,
);
