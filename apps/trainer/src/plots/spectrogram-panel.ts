import type { PlotSpec } from '#libs/plots';
import { pngDataUrl } from './shaded-png.js';
import type { Spectrogram } from './spectrogram.js';

type LayeredPlot = Extract<PlotSpec, { layer: unknown }>;

export interface PanelOptions {
  title: string;
  subtitle?: string;
  /** Pixels of the picture, without axes. */
  width?: number;
  height?: number;
  /** Drawn over the picture; x is seconds, y is kHz. */
  over?: LayeredPlot['layer'];
}

/** A spectrogram with its axes: one part of a plot, or a plot of its own. */
export function spectrogramPanel(
  spectrogram: Spectrogram,
  { title, subtitle = '', width = 560, height = 190, over = [] }: PanelOptions,
): LayeredPlot {
  const { seconds, highestHz } = spectrogram;
  return {
    title: { text: title, ...(subtitle ? { subtitle } : {}) },
    width,
    height,
    layer: [
      {
        data: { values: [{ start: 0, bottom: 0, picture: pngDataUrl(spectrogram.png) }] },
        mark: { type: 'image', aspect: false, align: 'left', baseline: 'bottom', width, height, aria: false },
        encoding: {
          url: { field: 'picture', type: 'nominal' },
          x: {
            field: 'start',
            type: 'quantitative',
            scale: { domain: [0, seconds], nice: false },
            axis: { title: 'time (s)', tickMinStep: 1 },
          },
          y: {
            field: 'bottom',
            type: 'quantitative',
            scale: { domain: [0, highestHz / 1000], nice: false },
            axis: { title: 'frequency (kHz)', grid: false, values: [0, 2, 4, 6, 8] },
          },
        },
      },
      ...over,
    ],
  };
}
