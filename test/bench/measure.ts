/** Milliseconds per call: median, fastest and slowest of five rounds. */
export interface Timing {
  medianMs: number;
  lowestMs: number;
  highestMs: number;
}

const ROUNDS = 5;
const ROUND_MS = 300;

/** Times several things in turn, round by round, so that what disturbs the machine disturbs all of them alike. */
export async function compare<Name extends string>(tasks: Record<Name, () => unknown>): Promise<Record<Name, Timing>> {
  const names = Object.keys(tasks) as Name[];
  const rounds = new Map(names.map((name) => [name, [] as number[]]));
  for (const name of names) await timeRound(tasks[name]); // warms up the compiler
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) rounds.get(name)?.push(await timeRound(tasks[name]));
  }
  return Object.fromEntries(names.map((name) => [name, summarise(rounds.get(name) ?? [])])) as Record<Name, Timing>;
}

async function timeRound(task: () => unknown): Promise<number> {
  const startedAt = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < ROUND_MS) {
    await task();
    calls += 1;
    elapsedMs = performance.now() - startedAt;
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
