import { z } from 'zod';
import { type Threshold, describeThreshold, resolveThreshold, threshold } from './threshold.js';

/** One comparison. Limits themselves are neither above, below nor outside. */
export const condition = z
  .strictObject({
    above: threshold.optional(),
    below: threshold.optional(),
    outside: z.tuple([threshold, threshold]).optional(),
  })
  .refine(
    ({ above, below, outside }) => [above, below, outside].filter((given) => given !== undefined).length === 1,
    'expected exactly one of above, below and outside',
  )
  .refine(
    ({ outside }) =>
      outside === undefined || outside.some(({ factor }) => factor !== 0) || outside[0].offset < outside[1].offset,
    'expected outside: [low, high] with low below high',
  );

export type Condition = z.infer<typeof condition>;

/** Whether a value meets a condition; undefined where a limit needs a baseline that is not there. */
export type Test = (value: number, baseline: number | undefined) => boolean | undefined;

export function testOf({ above, below, outside }: Condition): Test {
  if (outside) {
    const [short, beyond] = [testOf({ below: outside[0] }), testOf({ above: outside[1] })];
    return (value, baseline) => {
      const [low, high] = [short(value, baseline), beyond(value, baseline)];
      return low === undefined || high === undefined ? undefined : low || high;
    };
  }
  const limit = (above ?? below) as Threshold;
  const sign = above ? 1 : -1;
  return (value, baseline) => {
    const at = resolveThreshold(limit, baseline);
    return at === undefined ? undefined : (value - at) * sign > 0;
  };
}

export function describeCondition({ above, below, outside }: Condition): string {
  if (above) return `above ${describeThreshold(above)}`;
  if (below) return `below ${describeThreshold(below)}`;
  return `outside ${(outside as Threshold[]).map(describeThreshold).join(' to ')}`;
}
