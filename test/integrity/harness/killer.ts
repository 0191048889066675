import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName, Stack } from '../../support/stack.js';
import type { Fate, Plan } from './plan.js';

export interface Tally {
  kills: number;
  /** Times that two went in the same moment. */
  together: number;
  /** By fault point: how often a process ended itself there. */
  faults: Record<string, number>;
  /** A process that ended although nobody killed it, with what it last said. */
  ownEnds: string[];
}

/** What it needs of a stack. */
type Processes = Pick<Stack, 'launch' | 'kill' | 'ended' | 'ready' | 'isRunning' | 'log'>;

/** A fault point that the load does not reach within this time is a fault of the harness. */
const FAULT_PATIENCE_MS = 600_000;
const READY_PATIENCE_MS = 600_000;
/** Beyond this a service does not survive the others' deaths, and the campaign would go on for ever. */
const MOST_OWN_ENDS = 50;

/**
 * Carries out a plan: every victim lives and dies in a lane of its own, beside the others, and is started again at once.
 * In the end all of them run and are ready.
 */
export class Killer {
  readonly tally: Tally = { kills: 0, together: 0, faults: {}, ownEnds: [] };

  /** Whose present life ended by another one's fate. */
  private readonly takenAlong = new Set<ServiceName>();
  private readonly finished = new Set<ServiceName>();

  constructor(
    private readonly stack: Processes,
    private readonly say: (line: string) => void = () => undefined,
  ) {}

  async carryOut(plan: Plan): Promise<void> {
    await Promise.all([...plan].map(([name, fates]) => this.lane(name, fates)));
    for (const name of plan.keys()) await this.stack.ready(name, READY_PATIENCE_MS);
  }

  private async lane(name: ServiceName, fates: Fate[]): Promise<void> {
    await this.stack.kill(name); // what runs by now has no fault point armed; this death does not count
    for (const fate of fates) {
      while (!(await this.live(name, fate))) this.say(`${name}: again, another one took it along`);
      this.tally.kills += 1;
      this.say(`kill ${this.tally.kills}, ${name}: ${JSON.stringify(fate)}`);
    }
    this.stack.launch(name);
    this.finished.add(name);
  }

  /** One life of a process. @returns false when it ended otherwise than its fate wanted */
  private async live(name: ServiceName, fate: Fate): Promise<boolean> {
    const { stack } = this;
    this.takenAlong.delete(name);
    stack.launch(name, fate.by === 'fault' ? { EUPNEA_FAULT: `${fate.point}:${fate.visits}` } : {});
    if (fate.by === 'signal') await this.strike(name, fate);
    const end = await within(stack.ended(name), FAULT_PATIENCE_MS);
    if (end === undefined) throw new Error(`${name} did not reach ${JSON.stringify(fate)} in ${FAULT_PATIENCE_MS} ms`);
    if (end.signal !== 'SIGKILL') {
      this.tally.ownEnds.push(`${name} (status ${end.status}): ${stack.log(name).slice(-5).join('\n')}`);
      if (this.tally.ownEnds.length > MOST_OWN_ENDS) throw new Error(this.tally.ownEnds.at(-1));
      return false;
    }
    if (fate.by === 'signal') return true;
    if (this.takenAlong.has(name)) return false;
    this.tally.faults[fate.point] = (this.tally.faults[fate.point] ?? 0) + 1;
    return true;
  }

  private async strike(name: ServiceName, { afterMs, onceReady, together }: Fate & { by: 'signal' }): Promise<void> {
    const { stack } = this;
    const isGone = stack.ended(name).then(() => 'gone');
    if (onceReady) {
      const ready = stack.ready(name, READY_PATIENCE_MS).catch(() => undefined); // its own end is told by `live`
      if ((await Promise.race([ready, isGone])) === 'gone') return;
    }
    if ((await Promise.race([sleep(afterMs), isGone])) === 'gone') return; // another one took it along
    if (together !== undefined) {
      this.tally.together += 1;
      this.takenAlong.add(together);
    }
    await Promise.all([stack.kill(name), together && stack.kill(together)]);
    if (together !== undefined && this.finished.has(together)) this.relaunch(together);
  }

  /** Whose plan is done. Its own lane, or another one that took it along as well, may have been quicker. */
  private relaunch(name: ServiceName): void {
    if (!this.stack.isRunning(name)) this.stack.launch(name);
  }
}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const patience = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: patience.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    patience.abort();
  }
}
