import type { ServiceName } from '../../support/stack.js';
import { pick, randomFrom, shuffled } from './random.js';

export interface Victim {
  name: ServiceName;
  /** Its named fault points: where it ends itself by SIGKILL when told so. */
  faultPoints: readonly string[];
  /** A fault point is met for the n-th time, n up to this. */
  mostVisits: number;
  /** SIGKILL comes so long after it became ready. */
  upMs: readonly [number, number];
}

/** Who is killed in a campaign. A service more is a line more, with its program in `test/support/stack.ts`. */
export const VICTIMS: readonly Victim[] = [
  { name: 'estimator', faultPoints: ['estimator.afterProduce'], mostVisits: 4, upMs: [0, 5_000] },
  {
    name: 'recorder',
    faultPoints: ['recorder.afterInsert', 'store.withinRecompute'],
    mostVisits: 3,
    upMs: [0, 5_000],
  },
  { name: 'local-kafka', faultPoints: ['local-kafka.withinWrite'], mostVisits: 200, upMs: [2_000, 12_000] },
  { name: 'local-clickhouse', faultPoints: ['local-clickhouse.withinStatement'], mostVisits: 8, upMs: [1_000, 8_000] },
  { name: 'gateway', faultPoints: [], mostVisits: 1, upMs: [0, 5_000] },
];

/** Who is killed where estimates are the load: the alerter most, and what stands around it. */
export const ALERTER_VICTIMS: readonly Victim[] = [
  {
    name: 'alerter',
    faultPoints: ['alerter.afterPublish', 'alerter.afterCheckpoint', 'alerter.afterRuleChange'],
    mostVisits: 3,
    upMs: [0, 3_000],
  },
  { name: 'notifier', faultPoints: ['notifier.afterDelivery'], mostVisits: 30, upMs: [0, 4_000] },
  { name: 'recorder', faultPoints: ['recorder.afterInsert'], mostVisits: 6, upMs: [0, 5_000] },
  { name: 'local-kafka', faultPoints: ['local-kafka.withinWrite'], mostVisits: 200, upMs: [2_000, 12_000] },
];

/** How one life of a process ends. */
export type Fate =
  | { by: 'signal'; afterMs: number; onceReady: boolean; together?: ServiceName }
  | { by: 'fault'; point: string; visits: number };

export type Plan = Map<ServiceName, Fate[]>;

const TOGETHER_PROBABILITY = 0.3;
/** The other ones are killed while they still start. */
const READY_PROBABILITY = 0.8;

/**
 * What happens to whom, in its order: the same for the same seed. Every way to die gets its turn, one after another, so
 * of 200 kills each of ten ways has 20.
 */
export function planOf(seed: number, kills: number, victims = VICTIMS): Plan {
  const random = randomFrom(seed);
  const ways = victims.flatMap((victim) =>
    [undefined, ...victim.faultPoints].map((point) => ({ victim, ...(point ? { point } : {}) })),
  );
  const plan: Plan = new Map(victims.map(({ name }) => [name, []]));
  for (let kill = 0; kill < kills; kill++) {
    const { victim, point } = ways[kill % ways.length] as { victim: Victim; point?: string };
    plan.get(victim.name)?.push(point ? faultAt(random, victim, point) : signalTo(random, victim, victims));
  }
  return new Map([...plan].map(([name, fates]) => [name, shuffled(random, fates)]));
}

function faultAt(random: () => number, { mostVisits }: Victim, point: string): Fate {
  return { by: 'fault', point, visits: 1 + Math.floor(random() * mostVisits) };
}

function signalTo(random: () => number, { name, upMs }: Victim, victims: readonly Victim[]): Fate {
  const others = victims.filter((other) => other.name !== name);
  const together = random() < TOGETHER_PROBABILITY && others.length > 0 ? pick(random, others).name : undefined;
  return {
    by: 'signal',
    afterMs: Math.round(upMs[0] + random() * (upMs[1] - upMs[0])),
    onceReady: random() < READY_PROBABILITY,
    ...(together ? { together } : {}),
  };
}
