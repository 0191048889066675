/** What became of the messages, and everything that should not have happened. */
export interface Tally {
  messages: number;
  /** Messages that threw, or broke what is done with their windows, dead letters or marks. */
  crashes: number;
  /** Messages that no worker came back from within its patience. */
  hangs: number;
  /** Messages that were neither accepted nor dropped nor set aside whole with a stable code. */
  unaccounted: number;
  /** Windows of the device that sends nothing bad which differ from those of a log without the others. */
  neighbourDifferences: number;
  accepted: number;
  dropped: Record<string, number>;
  deadLettered: Record<string, number>;
  windows: number;
  neighbourWindows: number;
  slowestMs: number;
  /** Where and what, of the first faults. */
  faults: string[];
}

const FAULTS_KEPT = 20;

export const emptyTally = (): Tally => ({
  messages: 0,
  crashes: 0,
  hangs: 0,
  unaccounted: 0,
  neighbourDifferences: 0,
  accepted: 0,
  dropped: {},
  deadLettered: {},
  windows: 0,
  neighbourWindows: 0,
  slowestMs: 0,
  faults: [],
});

export function count(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

/** Adds the second to the first. */
export function add(total: Tally, part: Tally): void {
  for (const name of ['messages', 'crashes', 'hangs', 'unaccounted', 'neighbourDifferences'] as const) {
    total[name] += part[name];
  }
  for (const name of ['accepted', 'windows', 'neighbourWindows'] as const) total[name] += part[name];
  for (const [reason, times] of Object.entries(part.dropped)) count(total.dropped, reason, times);
  for (const [code, times] of Object.entries(part.deadLettered)) count(total.deadLettered, code, times);
  total.slowestMs = Math.max(total.slowestMs, part.slowestMs);
  total.faults.push(...part.faults.slice(0, FAULTS_KEPT - total.faults.length));
}

/** Whether anything happened that should not have. */
export const isFaulty = ({ crashes, hangs, unaccounted, neighbourDifferences }: Tally): boolean =>
  crashes + hangs + unaccounted + neighbourDifferences > 0;
