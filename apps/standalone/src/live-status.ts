import { z } from 'zod';

/** The part of GET /v1/status that the live line shows. */
const statusSchema = z.object({
  streams: z.number(),
  windowsPerSecond: z.number(),
  lagSeconds: z.number().nullable(),
  windowEndToEstimateSeconds: z.object({ median: z.number(), p95: z.number() }).nullable(),
  simulatedTruth: z.object({ windows: z.number(), medianAbsoluteError: z.number() }).nullable(),
});
export type LiveStatus = z.infer<typeof statusSchema>;

/** Asks the api; undefined while it does not answer. */
export async function fetchStatus(apiPort: number): Promise<LiveStatus | undefined> {
  try {
    const response = await fetch(`http://localhost:${apiPort}/v1/status`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? statusSchema.parse(await response.json()) : undefined;
  } catch {
    return undefined;
  }
}

/** One line: streams, windows a second, lag, time from a window's end to its estimate, error of the fleet. */
export function describeStatus(status: LiveStatus | undefined): string {
  if (status === undefined) return 'the api does not answer';
  const { streams, windowsPerSecond, lagSeconds, windowEndToEstimateSeconds: delay, simulatedTruth: truth } = status;
  const parts = [
    `${streams} ${streams === 1 ? 'stream' : 'streams'}`,
    `${windowsPerSecond.toFixed(1)} windows/s`,
    `lag ${lagSeconds === null ? '-' : `${lagSeconds.toFixed(1)} s`}`,
    `window end to estimate ${delay === null ? '-' : `${delay.median.toFixed(1)} s`}`,
  ];
  if (truth !== null)
    parts.push(`median error ${truth.medianAbsoluteError.toFixed(1)} /min over ${truth.windows} windows`);
  return parts.join(' | ');
}
