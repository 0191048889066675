import { type BreathEstimate, ANALYSIS_RATE_HZ } from '#libs/contracts';
import type { EstimateCursor, Store, StoredEstimate } from '#libs/store';
import { endOf } from './replay.js';

const PAGE_ROWS = 20_000;
const PAGE_SUBJECTS = 1_000;

/** Everybody of whom the store holds anything, or those that somebody named. */
export async function subjectsIn(store: Store, named: readonly string[]): Promise<string[]> {
  if (named.length > 0) return [...named];
  const found: string[] = [];
  for (;;) {
    const page = await store.listSubjects({ limit: PAGE_SUBJECTS, after: found.at(-1) ?? '' });
    found.push(...page.map(({ subjectId }) => subjectId));
    if (page.length < PAGE_SUBJECTS) return found;
  }
}

/** One person's windows that begin in [from, to), as readers see them, in the order of their ends. */
export async function windowsOf(
  store: Store,
  subjectId: string,
  fromMs: number,
  toMs: number,
): Promise<BreathEstimate[]> {
  const windows: BreathEstimate[] = [];
  let after: EstimateCursor | undefined;
  do {
    const page = await store.estimatesOf(subjectId, fromMs, toMs, PAGE_ROWS, after);
    windows.push(...page.map(toEstimate));
    after = page.length < PAGE_ROWS ? undefined : page.at(-1);
  } while (after !== undefined);
  return windows.sort((a, b) => endOf(a) - endOf(b)); // stable: simultaneous windows stay in the order of their starts
}

function toEstimate({ windowSeconds: _, ...stored }: StoredEstimate): BreathEstimate {
  const sessionStartedAt = stored.windowStart - Math.round((stored.startSample * 1_000) / ANALYSIS_RATE_HZ);
  return { ...stored, sessionStartedAt, environment: 'unknown' };
}

/** Length of the union of windows, in ms. @param windows in the order of their ends */
export function receivedMs(windows: readonly BreathEstimate[]): number {
  let [total, heardUntil] = [0, -Infinity];
  for (const window of windows) {
    const end = endOf(window);
    total += Math.max(0, end - Math.max(heardUntil, window.windowStart));
    heardUntil = Math.max(heardUntil, end);
  }
  return total;
}
