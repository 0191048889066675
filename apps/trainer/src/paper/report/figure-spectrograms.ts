import type { PlotSpec } from '#libs/plots';
import { spectrogramPanel } from '../../plots/spectrogram-panel.js';
import { spectrogramPng } from '../../plots/spectrogram.js';
import type { LabelledSegment, SegmentRecording, SegmentSet } from '../segment-set.js';
import { type Figure, captionOf, plotTitle } from './figure.js';

const SAMPLE_RATE_HZ = 16_000;
const RANGE_DECIBELS = 60;
/** Rates that the two examples come nearest to: quiet breathing, and breathing well above the threshold of "heavy". */
const EXAMPLES = [
  { key: 'a', kind: 'normal', holds: (rate: number) => rate > 0 && rate <= 25, target: 18 },
  { key: 'b', kind: 'heavy', holds: (rate: number) => rate > 30, target: 40 },
] as const;

/** Figure 2: one segment of normal and one of heavy breathing, out of the data set. */
export function spectrogramFigure(set: SegmentSet): Figure {
  const title = 'Figure 2: spectrograms of normal and heavy breathing';
  const examples = EXAMPLES.flatMap((example) => {
    const segment = exampleOf(set, example);
    if (!segment) return [];
    const spectrogram = spectrogramPng(samplesOf(set, segment), { rangeDecibels: RANGE_DECIBELS });
    return [{ ...example, segment, spectrogram }];
  });
  if (examples.length < EXAMPLES.length) {
    return { id: 'figure-2', title, caption: captionOf(set, 'Not drawn: this set lacks normal or heavy breathing.') };
  }
  const spec: PlotSpec = {
    title: plotTitle(set, 'Normal and heavy breathing'),
    spacing: 28,
    vconcat: examples.map(({ key, kind, segment, spectrogram }) =>
      spectrogramPanel(spectrogram, {
        title: `(${key}) ${kind} breathing, ${segment.rrPerMinute.toFixed(1)} breaths/min`,
        subtitle: `${segment.breaths} breaths in ${(segment.end - segment.start).toFixed(1)} s, segment ${segment.segmentId}`,
      }),
    ),
  };
  return {
    id: 'figure-2',
    title,
    caption: captionOf(
      set,
      `Segments ${examples.map(({ segment }) => segment.segmentId).join(' (a) and ')} (b): per kind, the segment without labelled noise whose rate is nearest ${EXAMPLES.map(({ target }) => target).join(' and ')} breaths/min, the loudest of equals.`,
      `Shades span ${RANGE_DECIBELS} dB below the loudest place of each picture, so levels cannot be compared between the two.`,
    ),
    spec,
    pictures: Object.fromEntries(
      examples.map(({ key, kind, spectrogram }) => [`figure-2${key}-${kind}.png`, spectrogram.png]),
    ),
  };
}

function exampleOf(set: SegmentSet, { holds, target }: (typeof EXAMPLES)[number]): LabelledSegment | undefined {
  const candidates = set.segments
    .filter(({ rrPerMinute, noisy }) => holds(rrPerMinute) && !noisy)
    .map((segment) => ({ segment, distance: Math.abs(segment.rrPerMinute - target) }));
  const nearest = Math.min(...candidates.map(({ distance }) => distance));
  return candidates
    .filter(({ distance }) => distance < nearest + 0.5)
    .map(({ segment }) => ({ segment, power: powerOf(samplesOf(set, segment)) }))
    .sort((a, b) => b.power - a.power || (a.segment.segmentId < b.segment.segmentId ? -1 : 1))[0]?.segment;
}

function samplesOf(set: SegmentSet, { recordingId, start, end }: LabelledSegment): Float32Array {
  const { samples } = set.recordings.get(recordingId) as SegmentRecording;
  return samples.subarray(Math.round(start * SAMPLE_RATE_HZ), Math.round(end * SAMPLE_RATE_HZ));
}

function powerOf(samples: Float32Array): number {
  return samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
}
