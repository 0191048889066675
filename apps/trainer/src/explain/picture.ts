import { type PlotSpec, renderSvg } from '#libs/plots';
import { headlineOf } from './headline.js';
import type { Heard } from './listen.js';
import { classPanel, densityPanel, ratePanel, soundPanel, verdictPanel } from './panels.js';

const PIXELS_PER_SECOND = 42;
const WIDTH = { least: 560, most: 2_400 } as const;

export interface PictureTitle {
  name: string;
  /** Seconds of the file at which the sound begins. */
  from: number;
  modelVersion: string;
}

/** The whole explanation as one picture, panel over panel on one axis of time. */
export function explanationSvg(heard: Heard, about: PictureTitle): Promise<string> {
  const width = Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, heard.seconds * PIXELS_PER_SECOND)));
  const frame = { width, from: about.from, to: about.from + heard.seconds };
  const spec: PlotSpec = {
    title: {
      text: `${about.name}: ${headlineOf(heard)}`,
      subtitle: `as heard by ${about.modelVersion}; an explanation, investigational, no medical device`,
    },
    spacing: 14,
    vconcat: [
      soundPanel(heard, frame),
      densityPanel(heard, frame),
      ratePanel(heard, frame),
      verdictPanel(heard, frame),
      classPanel(heard, frame),
    ],
    resolve: { scale: { color: 'independent' } },
  };
  return renderSvg(spec);
}
