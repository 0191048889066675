import type { BreathEstimate } from '#libs/contracts';
import type { Row } from './rows.js';

const BUCKET_MS = 15 * 60_000;

interface Part {
  estimate: BreathEstimate;
  fromMs: number;
  toMs: number;
  beginsHere: boolean;
}

/** The 15-minute buckets of a set of estimates, worked out without the store: what `rate_buckets` must hold. */
export function bucketsOf(estimates: readonly BreathEstimate[]): Row[] {
  const buckets = new Map<string, Part[]>();
  for (const estimate of estimates) {
    const { subjectId, modelVersion, restState, windowStart: startMs, windowSamples } = estimate;
    const endMs = startMs + Math.floor(windowSamples / 16);
    const first = Math.floor(startMs / BUCKET_MS);
    for (let index = first; index <= Math.floor(Math.max(endMs - 1, startMs) / BUCKET_MS); index++) {
      const key = JSON.stringify([subjectId, index * BUCKET_MS, modelVersion, restState]);
      const parts = buckets.get(key) ?? [];
      buckets.set(key, parts);
      const [fromMs, toMs] = [Math.max(startMs, index * BUCKET_MS), Math.min(endMs, (index + 1) * BUCKET_MS)];
      parts.push({ estimate, fromMs, toMs, beginsHere: index === first });
    }
  }
  return [...buckets].map(([key, parts]) => bucketOf(JSON.parse(key) as Row[], parts));
}

function bucketOf([subject_id, bucket, model_version, rest_state]: unknown[], parts: Part[]): Row {
  const own = parts.filter(({ beginsHere }) => beginsHere).map(({ estimate }) => estimate);
  const accepted = own.filter(({ quality }) => quality === 'ok').sort(byTime);
  const starts = own.map(({ windowStart }) => windowStart);
  const last = accepted.at(-1);
  return {
    subject_id,
    bucket,
    model_version,
    rest_state,
    windows: own.length,
    accepted: accepted.length,
    rate_histogram: histogramOf(accepted),
    received_ms: unionMs(parts),
    accepted_ms: unionMs(parts.filter(({ estimate }) => estimate.quality === 'ok')),
    streams: new Set(own.map(({ deviceId, sessionId }) => JSON.stringify([deviceId, sessionId]))).size,
    first_window_start: starts.length === 0 ? 0 : Math.min(...starts),
    last_window_start: starts.length === 0 ? 0 : Math.max(...starts),
    last_accepted_start: last?.windowStart ?? 0,
    last_accepted_rate: last?.rrPerMinute ?? 0,
    version: parts.length,
  };
}

function byTime(a: BreathEstimate, b: BreathEstimate): number {
  if (a.windowStart !== b.windowStart) return a.windowStart - b.windowStart;
  const [left, right] = [a, b].map(({ deviceId, sessionId }) => `${deviceId}\0${sessionId}`) as [string, string];
  return left < right ? -1 : 1;
}

/** Accepted windows by their rate in tenths per minute. */
function histogramOf(accepted: BreathEstimate[]): Record<string, number> {
  const histogram: Record<string, number> = {};
  for (const { rrPerMinute } of accepted) {
    const tenths = Math.round(rrPerMinute * 10);
    histogram[tenths] = (histogram[tenths] ?? 0) + 1;
  }
  return histogram; // integer keys come out in ascending order
}

function unionMs(parts: Part[]): number {
  let total = 0;
  let coveredToMs = -Infinity;
  for (const { fromMs, toMs } of [...parts].sort((a, b) => a.fromMs - b.fromMs)) {
    total += Math.max(0, toMs - Math.max(fromMs, coveredToMs));
    coveredToMs = Math.max(coveredToMs, toMs);
  }
  return total;
}
