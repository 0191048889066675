import { setTimeout as sleep } from 'node:timers/promises';
import { type Verdict, isRight } from '../oracle/verify.js';
import { OUTAGES, type Outage, type Trouble } from './outages.js';
import type { Stack } from '../../support/stack.js';
import { Scene } from './scene.js';

export interface OutageCampaign {
  outage: Outage;
  seconds: number;
  seed: number;
  streams: number;
  simulated: number;
  /** The outage lasts, beyond its seconds, until the load was told that it cannot deliver. */
  untilRefused?: boolean;
  say?: (line: string) => void;
}

export interface OutageResult extends Verdict {
  outage: Outage;
  outageSeconds: number;
  catchUpSeconds: number;
  /** How often the producer of the load was told that nothing is delivered. */
  refusals: number;
  /** Records, over all partitions: the greatest that `eupnea_recorder_lag_records` told, and what it told in the end. */
  lagPeak: number;
  lagAfter: number;
  /** Services that ended by themselves, with what they last said. */
  ownEnds: string[];
  peakRssMebibytes: Record<string, number>;
}

const LAG = 'eupnea_recorder_lag_records';
const WARM_UP_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

/**
 * What no service may exceed, outage or not, in MiB resident. The embedded ClickHouse takes what it likes and is not
 * ours to bound.
 */
export const MOST_MEBIBYTES = { estimator: 512, recorder: 384, 'local-kafka': 512 } as const;

/** Takes something away under load for a while, brings it back, and says what the store holds in the end. */
export async function outageCampaign(options: OutageCampaign): Promise<OutageResult> {
  const { outage, seconds, say = () => undefined, untilRefused, ...load } = options;
  const trouble: Trouble = OUTAGES[outage]();
  try {
    const scene = await Scene.begin({ ...load, ...trouble.options });
    try {
      await sleep(WARM_UP_MS);
      await trouble.come(scene);
      say(`${outage}: it begins`);
      let lagPeak = 0;
      const cameAtMs = Date.now();
      while (Date.now() - cameAtMs < seconds * 1_000 || (untilRefused && scene.load.refusals === 0)) {
        await sleep(LOOK_EVERY_MS);
        lagPeak = Math.max(lagPeak, (await scene.stack.metric('recorder', LAG)) ?? 0);
      }
      await trouble.go(scene);
      const wentAtMs = Date.now();
      say(`${outage}: it is over, with ${lagPeak} records to make up for`);
      const ownEnds = restarted(scene.stack);
      const verdict = await scene.settle();
      return {
        outage,
        ...verdict,
        outageSeconds: Math.round((wentAtMs - cameAtMs) / 1_000),
        catchUpSeconds: Math.round((Date.now() - wentAtMs) / 1_000),
        refusals: scene.load.refusals,
        lagPeak,
        lagAfter: (await scene.stack.metric('recorder', LAG)) ?? NaN,
        ownEnds: [...ownEnds, ...restarted(scene.stack)],
        peakRssMebibytes: { ...scene.memory.mebibytes },
      };
    } finally {
      await scene.end();
    }
  } finally {
    await trouble.end?.();
  }
}

/** Starts services that ended by themselves again, as a supervisor would, and tells about them. */
function restarted(stack: Stack): string[] {
  const ended = (['estimator', 'recorder'] as const).filter((name) => !stack.isRunning(name));
  for (const name of ended) stack.launch(name);
  return ended.map((name) => `${name}: ${stack.log(name).slice(-5).join('\n')}`);
}

/** Faults, each in a sentence; none where everything is as promised. */
export function faultsOfOutage(result: OutageResult): string[] {
  const faults = isRight(result) ? [] : ['the store is not what it must be'];
  faults.push(...result.ownEnds.map((end) => `it ended by itself: ${end}`));
  for (const [name, most] of Object.entries(MOST_MEBIBYTES)) {
    const peak = result.peakRssMebibytes[name];
    if (peak !== undefined && peak > most) faults.push(`${name} held ${peak} MiB; at most ${most} are promised`);
  }
  return faults;
}
