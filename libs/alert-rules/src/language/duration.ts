import { z } from 'zod';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a text such as 90s, 5m, 1h30m or 2d; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined;
  const parts = text.match(/\d+[smhd]/g) ?? [];
  return parts.reduce(
    (sum, part) => sum + Number(part.slice(0, -1)) * UNIT_MS[part.slice(-1) as keyof typeof UNIT_MS],
    0,
  );
}

export function formatDuration(durationMs: number): string {
  let left = Math.round(durationMs / 1000);
  let text = '';
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    if (left >= seconds) text += `${Math.floor(left / seconds)}${unit}`;
    left %= seconds;
  }
  return text || '0s';
}

/** A duration in a file; the parsed value is in milliseconds. */
export const duration = z
  .string('expected a duration such as 90s, 5m or 1h')
  .regex(/^(\d+[smhd])+$/, 'expected a duration such as 90s, 5m or 1h')
  .transform((text) => parseDuration(text) as number);

/** A duration from a least to a most, both as they are written. */
export const durationWithin = (least: string, most: string) =>
  duration.refine(
    (ms) => ms >= (parseDuration(least) ?? 0) && ms <= (parseDuration(most) ?? Infinity),
    `expected ${least} to ${most}`,
  );
