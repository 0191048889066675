import type { PlotSpec } from '#libs/plots';
import type { SegmentSet } from '../segment-set.js';

/** A figure of the report. */
export interface Figure {
  /** File name without ending. */
  id: string;
  title: string;
  /** What is drawn, what it rests on, and what it does not show. */
  caption: string;
  /** Absent where the data set cannot fill the figure; `caption` then says why. */
  spec?: PlotSpec;
  /** Pictures that also stand alone, by file name. */
  pictures?: Record<string, Buffer>;
}

/** Goes before every title and caption of figures that rest on simulated people. */
export const SIMULATED = 'Simulated people, no evidence about people.';

export function captionOf(set: Pick<SegmentSet, 'simulated'>, ...sentences: readonly string[]): string {
  return [...(set.simulated ? [SIMULATED] : []), ...sentences.filter((sentence) => sentence !== '')].join(' ');
}

/** The title inside the picture, which may be passed on without its caption. */
export function plotTitle(
  set: Pick<SegmentSet, 'simulated' | 'name'>,
  text: string,
): { text: string; subtitle: string } {
  return { text, subtitle: set.simulated ? `${set.name}: SIMULATED people, no evidence about people` : set.name };
}

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
