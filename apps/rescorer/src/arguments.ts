import { EupneaError } from '#libs/contracts';
import type { TimeRange } from '#libs/estimation';
import { timeOption } from '#libs/platform';
import { InvalidArgumentError } from 'commander';

export const QUARTER_MS = 15 * 60_000;

/** Parses a time with its zone, on a quarter of an hour: readers see one model version in each. */
export function quarterOfHour(text: string): number {
  const timeMs = timeOption(text);
  if (timeMs % QUARTER_MS !== 0) {
    const [before, after] = [Math.floor(timeMs / QUARTER_MS), Math.ceil(timeMs / QUARTER_MS)];
    throw new InvalidArgumentError(
      `Readers see one model version in each quarter of an hour, so ranges begin and end on one: ${timeText(before * QUARTER_MS)} or ${timeText(after * QUARTER_MS)}.`,
    );
  }
  return timeMs;
}

/** @throws EupneaError USAGE */
export function rangeOf({ from, to }: { from: number; to: number }): TimeRange {
  if (to <= from) {
    throw new EupneaError('USAGE', `the range ends at ${timeText(to)}, and begins at ${timeText(from)}`, {
      hint: '--from is the earlier one; --to is not included.',
    });
  }
  return { fromMs: from, toMs: to };
}

/** 2026-11-20T00:15Z; seconds only where there are any. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/(:00)?\.000Z$/, 'Z');
}
