/** Milliseconds per call: median, fastest and slowest of five rounds. */
export interface Timing {
  medianMs: number;
  lowestMs: number;
  highestMs: number;
}

const ROUNDS = 5;
const ROUND_MS = 300;

/** Milliseconds of CPU that this process has used: for work on one thread, which a busy machine then disturbs less. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Times several things in turn, round by round, so that what disturbs the machine disturbs all of them alike.
 * @param now milliseconds; wall time by default
 */
export async function compare<Name extends string>(
  tasks: Record<Name, () => unknown>,
  now = (): number => performance.now(),
): Promise<Record<Name, Timing>> {
  const names = Object.keys(tasks) as Name[];
  const rounds = new Map(names.map((name) => [name, [] as number[]]));
  for (const name of names) await timeRound(tasks[name], now); // warms up the compiler
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) rounds.get(name)?.push(await timeRound(tasks[name], now));
  }
  return Object.fromEntries(names.map((name) => [name, summarise(rounds.get(name) ?? [])])) as Record<Name, Timing>;
}

async function timeRound(task: () => unknown, now: () => number): Promise<number> {
  const startedAt = now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < ROUND_MS) {
    await task();
    calls += 1;
    elapsedMs = now() - startedAt;
  }
  return elapsedMs / calls;
}

export function summarise(rounds: number[]): Timing {
  const sorted = [...rounds].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] as number;
  return { medianMs: at(Math.floor(sorted.length / 2)), lowestMs: at(0), highestMs: at(sorted.length - 1) };
}

/** One readable line: what, median, and the spread of the rounds. */
export function report(what: string, { medianMs, lowestMs, highestMs }: Timing): void {
  console.log(`${what.padEnd(44)} ${medianMs.toFixed(3)} ms  (${lowestMs.toFixed(3)} to ${highestMs.toFixed(3)})`);
}

export const rounded = (value: number): number => Number(value.toPrecision(4));
