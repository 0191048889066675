import { mean, median } from '#libs/agreement';
import { type Thresholds, qualityOf } from '#libs/breath-model';
import { z } from 'zod';
import type { Observations } from './observe.js';

/** A recording that was misread. */
export const failureSchema = z.strictObject({
  recordingId: z.string(),
  /** Annotated median, per minute. */
  rrPerMinute: z.number(),
  /** Median over its windows, per minute. */
  predictedRrPerMinute: z.number(),
  /** Share of its windows that the confidence lets through. */
  accepted: z.number(),
  /** File name of its spectrogram. */
  picture: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

const SHOWN = 4;

/** The recordings whose pooled rate is furthest off, worst first. */
export function worstRecordings(recordings: Observations['recordings'], thresholds: Thresholds): Failure[] {
  return recordings
    .map(({ recordingId, rrPerMinute, windows }) => ({
      recordingId,
      rrPerMinute,
      predictedRrPerMinute: median(windows.map(({ clean }) => clean.rrPerMinute)),
      accepted: mean(windows.map(({ clean }) => (qualityOf(clean, thresholds) === 'ok' ? 1 : 0))),
    }))
    .sort((a, b) => errorOf(b) - errorOf(a))
    .slice(0, SHOWN)
    .map((failure, at) => ({ ...failure, picture: `failure-${at + 1}.png` }));
}

const errorOf = ({
  rrPerMinute,
  predictedRrPerMinute,
}: Pick<Failure, 'rrPerMinute' | 'predictedRrPerMinute'>): number => Math.abs(predictedRrPerMinute - rrPerMinute);
