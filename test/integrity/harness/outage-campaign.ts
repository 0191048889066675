import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../support/stack.js';
import { type Verdict, isRight } from '../oracle/verify.js';
import type { GatewayVerdict } from './gateway-fleet.js';
import { OUTAGES, type Outage, type Trouble } from './outages.js';
import { Scene } from './scene.js';

export interface OutageCampaign {
  /** One after another. */
  outages: readonly Outage[];
  /** How long each lasts at least. One in which nothing can be delivered lasts until the load was told so. */
  seconds: number;
  seed: number;
  streams: number;
  simulated: number;
  throughGateway?: number;
  say?: (line: string) => void;
}

export interface OutageFigures {
  outage: Outage;
  seconds: number;
  /** The greatest that the two lag metrics told together meanwhile, in records over all partitions. */
  lagPeak: number;
  /** How often the producer of the load was told that nothing is delivered. */
  refusals: number;
}

export interface OutageResult extends Verdict, GatewayVerdict {
  outages: OutageFigures[];
  /** What the lag metrics tell in the end. */
  lagAfter: number;
  catchUpSeconds: number;
  /** Services that ended by themselves, with what they last said. */
  ownEnds: string[];
  peakRssMebibytes: Record<string, number>;
}

const WARM_UP_MS = 5_000;
const LOOK_EVERY_MS = 500;

/** What no service may exceed, outage or not, in MiB resident. The embedded ClickHouse takes what it likes. */
const MOST_MEBIBYTES = { estimator: 512, recorder: 384, gateway: 320, 'local-kafka': 512 };

/** Takes something away under load for a while, brings it back, and says what the store holds in the end. */
export async function outageCampaign({ outages, seconds, say, ...load }: OutageCampaign): Promise<OutageResult> {
  const troubles = outages.map((outage) => ({ outage, trouble: OUTAGES[outage]() }));
  try {
    const scene = await Scene.begin({
      ...load,
      ...Object.assign({}, ...troubles.map(({ trouble }) => trouble.options)),
    });
    try {
      const figures: OutageFigures[] = [];
      for (const { outage, trouble } of troubles) {
        await sleep(WARM_UP_MS);
        figures.push(await suffer(scene, outage, trouble, seconds));
        say?.(JSON.stringify(figures.at(-1)));
      }
      const overAtMs = Date.now();
      await scene.load.madeUp();
      const ownEnds = restarted(scene.stack);
      const verdict = await scene.settle();
      return {
        outages: figures,
        ...verdict,
        lagAfter: await lagOf(scene.stack),
        catchUpSeconds: Math.round((Date.now() - overAtMs) / 1_000),
        ownEnds: [...ownEnds, ...restarted(scene.stack)],
        peakRssMebibytes: { ...scene.memory.mebibytes },
      };
    } finally {
      await scene.end();
    }
  } finally {
    for (const { trouble } of troubles) await trouble.end?.();
  }
}

async function suffer(scene: Scene, outage: Outage, trouble: Trouble, seconds: number): Promise<OutageFigures> {
  const refusalsBefore = scene.load.refusals;
  const refusals = () => scene.load.refusals - refusalsBefore;
  await trouble.come(scene);
  let lagPeak = 0;
  const cameAtMs = Date.now();
  while (Date.now() - cameAtMs < seconds * 1_000 || (trouble.stopsDelivery && refusals() === 0)) {
    await sleep(LOOK_EVERY_MS);
    lagPeak = Math.max(lagPeak, await lagOf(scene.stack));
  }
  await trouble.go(scene);
  return { outage, seconds: Math.round((Date.now() - cameAtMs) / 1_000), lagPeak, refusals: refusals() };
}

async function lagOf(stack: Stack): Promise<number> {
  const lags = await Promise.all([
    stack.metric('estimator', 'eupnea_processed_lag_records'),
    stack.metric('recorder', 'eupnea_recorder_lag_records'),
  ]);
  return lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0);
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
  if (result.estimates === 0) faults.push('nothing was estimated: the load was too short to show anything');
  faults.push(...result.gatewaySessionsBroken.map((fault) => `sent through the gateway: ${fault}`));
  faults.push(...result.ownEnds.map((end) => `it ended by itself: ${end}`));
  for (const [name, most] of Object.entries(MOST_MEBIBYTES)) {
    const peak = result.peakRssMebibytes[name];
    if (peak !== undefined && peak > most) faults.push(`${name} held ${peak} MiB; at most ${most} are promised`);
  }
  return faults;
}
