import { groupBy, quantile } from '#libs/agreement';
import type { NoiseClip } from './noise-data.js';
import type { PacedTables } from './paced-data.js';
import type { SegmentTables } from './segment-tables.js';

/** What is in a folder, as names and values to print. */
export type Summary = Record<string, string | number>;

export function summariseSegments({
  name,
  simulated,
  participants,
  recordings,
  segments,
  pulses,
}: SegmentTables): Summary {
  const people = [...participants.values()];
  const described = [...recordings.values()];
  const trials = new Set(described.flatMap(({ trialId }) => trialId ?? []));
  const rates = segments.map(({ rrPerMinute }) => rrPerMinute);
  const share = (count: number, of: number) => `${Math.round((100 * count) / Math.max(1, of))} %`;
  const stageOf = new Map(
    described.map(({ recordingId, stage }) => [recordingId, stage === 'none' ? 'of no stage' : stage]),
  );
  return {
    name: simulated ? `${name} (simulated: no evidence about people)` : name,
    people: `${people.length} (${counts(people, ({ sex }) => sex ?? 'unknown')})`,
    ...(trials.size > 0 ? { trials: trials.size } : {}),
    recordings: `${described.length} (${counts(described, ({ environment }) => environment)})`,
    segments: `${segments.length} (${counts(segments, ({ recordingId }) => stageOf.get(recordingId) ?? 'none')})`,
    'breaths per minute': rates.length === 0 ? '-' : distribution(rates),
    'without breath': share(rates.filter((rate) => rate === 0).length, rates.length),
    'above 25 per minute': share(rates.filter((rate) => rate > 25).length, rates.length),
    'noise labels': share(segments.filter(({ noisy }) => noisy).length, segments.length),
    ...(pulses.length > 0 ? { 'pulse readings': pulses.length } : {}),
  };
}

export function summarisePaced({ participants, recordings }: PacedTables): Summary {
  const beats = counts([...recordings.values()], ({ pacedRrPerMinute }) => pacedRrPerMinute);
  return { people: participants.size, recordings: recordings.size, 'paced at (per minute)': beats };
}

export function summariseNoise(clips: readonly NoiseClip[]): Summary {
  return { clips: clips.length, classes: counts(clips, ({ noiseClass }) => noiseClass) };
}

function counts<Item>(items: readonly Item[], nameOf: (item: Item) => string | number): string {
  const groups = [...groupBy(items, nameOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([name, { length }]) => `${length} ${name}`).join(', ');
}

function distribution(rates: readonly number[]): string {
  const at = (p: number) => quantile(rates, p).toFixed(1);
  return `median ${at(0.5)}, 5-95 % ${at(0.05)}-${at(0.95)}, maximum ${at(1)}`;
}
