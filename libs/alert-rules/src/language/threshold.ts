import { z } from 'zod';

/** A limit: absolute, or from the person's own resting baseline: factor x baseline + offset. */
export interface Threshold {
  factor: number;
  offset: number;
}

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const PLUS = new RegExp(String.raw`^baseline(?:\s*([+-])\s*(${NUMBER})(?:\s*/min)?)?$`);
const TIMES = new RegExp(String.raw`^(${NUMBER})\s*[x*]\s*baseline$`);
const HOW = "expected a number, or 'baseline + 3 /min', 'baseline - 2 /min', '1.4 x baseline'";

function parseThreshold(text: string): Threshold | undefined {
  const plus = PLUS.exec(text.trim());
  if (plus) return { factor: 1, offset: Number(plus[2] ?? 0) * (plus[1] === '-' ? -1 : 1) };
  const times = TIMES.exec(text.trim());
  return times ? { factor: Number(times[1]), offset: 0 } : undefined;
}

export const threshold = z.union(
  [
    z.number().transform((value): Threshold => ({ factor: 0, offset: value })),
    z
      .string()
      .regex(new RegExp(`${PLUS.source}|${TIMES.source}`), HOW)
      .transform((text) => parseThreshold(text) as Threshold),
  ],
  HOW,
);

export function describeThreshold({ factor, offset }: Threshold): string {
  if (factor === 0) return String(offset);
  if (factor !== 1) return `${factor} x baseline`;
  return offset === 0 ? 'baseline' : `baseline ${offset < 0 ? '-' : '+'} ${Math.abs(offset)} /min`;
}

/** The limit in the signal's unit; undefined where it needs a baseline and there is none. */
export function resolveThreshold({ factor, offset }: Threshold, baseline: number | undefined): number | undefined {
  if (factor === 0) return offset;
  return baseline === undefined ? undefined : factor * baseline + offset;
}
