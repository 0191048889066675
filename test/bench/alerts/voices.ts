import { join } from 'node:path';
import { groupBy, mean } from '#libs/agreement';
import type { BreathEstimate } from '#libs/contracts';
import { readCsv } from '../../support/recordings.js';
import { root } from '../../support/stack.js';

/** How a network that had not heard the person read one window. */
export interface HeardWindow {
  /** Estimate minus reference, breaths per minute. */
  errorPerMinute: number;
  quality: BreathEstimate['quality'];
}

/** The windows of one recording at one noise level, in their order. */
export type HeardSequence = readonly HeardWindow[];

/** How one real recording was read: a person's own bias is in it, and what they sound like at this rate. */
export interface Voice {
  recordingId: string;
  /** Mean of the reference over the recording, breaths per minute. */
  ratePerMinute: number;
  /** By noise level (as recorded, 20, 10, 5, 0 dB), one sequence per seed of the network. */
  levels: readonly (readonly HeardSequence[])[];
}

/** Every recording of models/default-folds, slowest breathing first. */
export function readVoices(): Voice[] {
  const rows = readCsv(join(root, 'models/default-folds/windows.csv'));
  const recordings = [...groupBy(rows, (row) => row['recording_id'] as string)];
  const voices = recordings.map(([recordingId, own]): Voice => {
    const levels = [...groupBy(own, (row) => row['snr_db'] as string).values()];
    return {
      recordingId,
      ratePerMinute: mean(own.map((row) => Number(row['rr_bpm']))),
      levels: levels.map((level) => [...groupBy(level, (row) => row['seed'] as string).values()].map(sequenceOf)),
    };
  });
  return voices.sort((a, b) => a.ratePerMinute - b.ratePerMinute);
}

function sequenceOf(rows: readonly Record<string, string>[]): HeardSequence {
  return rows.map((row) => ({
    errorPerMinute: Number(row['predicted_rr_bpm']) - Number(row['rr_bpm']),
    quality: row['quality'] as HeardWindow['quality'],
  }));
}

/** The `count` recordings whose rates are nearest to a rate: errors of fast breathing say nothing about slow. */
export function nearestVoices(voices: readonly Voice[], ratePerMinute: number, count: number): Voice[] {
  const distance = (voice: Voice) => Math.abs(voice.ratePerMinute - ratePerMinute);
  return [...voices].sort((a, b) => distance(a) - distance(b)).slice(0, count);
}
