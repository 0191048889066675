import { type Verdict, isRight } from '../oracle/verify.js';
import { Killer, type Tally } from './killer.js';
import { VICTIMS, type Victim, planOf } from './plan.js';
import { type Published, repetitionsIn } from './published.js';
import type { GatewayVerdict } from './gateway-fleet.js';
import { SABOTAGES, type Sabotage } from './sabotage.js';
import { Scene } from './scene.js';

export interface KillCampaign {
  seed: number;
  kills: number;
  streams: number;
  simulated: number;
  throughGateway?: number;
  sabotage?: Sabotage;
  /** @default everyone */
  victims?: readonly Victim[];
  say?: (line: string) => void;
}

export interface KillResult extends Verdict, GatewayVerdict, Tally, Published {
  peakRssMebibytes: Record<string, number>;
  seconds: number;
}

/** Kills what runs under load, again and again, and says what the store holds in the end. */
export async function killCampaign(campaign: KillCampaign): Promise<KillResult> {
  const { seed, kills, sabotage, victims = VICTIMS, say, ...load } = campaign;
  const startedAtMs = Date.now();
  const scene = await Scene.begin({ seed, ...load, ...(sabotage ? { prepare: SABOTAGES[sabotage] } : {}) });
  try {
    say?.('all run');
    const killer = new Killer(scene.stack, say);
    await killer.carryOut(planOf(seed, kills, victims));
    say?.('all are killed; the rest is processed and compared');
    const verdict = await scene.settle();
    const published = await repetitionsIn(scene.kafka);
    const seconds = Math.round((Date.now() - startedAtMs) / 1_000);
    return { ...verdict, ...killer.tally, ...published, peakRssMebibytes: { ...scene.memory.mebibytes }, seconds };
  } finally {
    await scene.end();
  }
}

/** Faults, each in a sentence; none where the store is what it must be and no service ended that nobody had killed. */
export function faultsOfKills(result: KillResult): string[] {
  return [
    ...(isRight(result) ? [] : ['the store is not what it must be']),
    ...result.gatewaySessionsBroken.map((fault) => `sent through the gateway: ${fault}`),
    ...result.publishedUnequally.map((window) => `published twice, and not alike: ${window}`),
    ...result.ownEnds.map((end) => `it ended by itself: ${end}`),
  ];
}
