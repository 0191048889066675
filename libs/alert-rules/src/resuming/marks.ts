/** What every person of a partition shares at one place of its log. */
export interface PartitionContext {
  /** The greatest `processedThrough` so far, epoch milliseconds; null before the first. */
  watermarkMs: number | null;
  /** Of the rules in force; 0 before the first. */
  rulesVersion: number;
}

/** What a commit of the alerter says; docs/decisions/0006 says why so. */
export interface AlertingMarks {
  /** L: offset of the first record of anybody who has no checkpoint yet. */
  low: number;
  /** H: offset up to which all outputs are acknowledged. */
  high: number;
  /** As it was at `low`: what people without a checkpoint begin with. */
  context: PartitionContext;
}

const VERSION = '1';

/** `1;H;watermark;rules version`; the offset itself says L. */
export const encodeAlertingMarks = ({ high, context: { watermarkMs, rulesVersion } }: AlertingMarks): string =>
  [VERSION, high, watermarkMs ?? '', rulesVersion].join(';');

/**
 * Reads what `encodeAlertingMarks` wrote. Metadata that we did not write (an operator reset the offset by hand) means a
 * plain position, with nothing known of before.
 */
export function decodeAlertingMarks(low: number, metadata: string | undefined): AlertingMarks {
  const [, high, watermark, rules] = /^1;(\d+);(\d*);(\d+)$/.exec(metadata ?? '') ?? [];
  if (high === undefined) return { low, high: low, context: { watermarkMs: null, rulesVersion: 0 } };
  return {
    low,
    high: Number(high),
    context: { watermarkMs: watermark ? Number(watermark) : null, rulesVersion: Number(rules) },
  };
}
