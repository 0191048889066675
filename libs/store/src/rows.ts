import type { ClickHouseClient } from '@clickhouse/client';

export type Parameters = Record<string, string | number | boolean | string[] | number[]>;

/** The rows that a query answers with; parameters are bound, never written into it. */
export async function rows<Row>(client: ClickHouseClient, query: string, parameters: Parameters = {}): Promise<Row[]> {
  const result = await client.query({ query, query_params: parameters, format: 'JSONEachRow' });
  return result.json<Row>();
}

/** 2100-01-01: behind it (and before 1970) the starts of quarters of an hour wrap around, and nothing would be found. */
const END_OF_TIME_MS = 4_102_444_800_000;
/** A bound of a range, moved to where times can be stored. */
export const storable = (epochMs: number): number => Math.min(Math.max(epochMs, 0), END_OF_TIME_MS);
