import type { Config } from 'vega-lite';

/** Okabe and Ito's colours, which people with any kind of colour vision tell apart; black text stands out from all. */
export const COLOURS = {
  blue: '#0072b2',
  orange: '#e69f00',
  green: '#009e73',
  vermilion: '#d55e00',
  sky: '#56b4e9',
  purple: '#cc79a7',
  grey: '#8a8f98',
} as const;

/** Perceptually uniform colours of spectrograms, from quiet to loud. */
export const LOUDNESS_SCHEME = 'magma';

const INK = '#22262b';
const FAINT = '#e4e7eb';

/** The look of every plot: white ground, large labels, faint horizontal lines, no frame. */
export const THEME: Config = {
  background: 'white',
  font: 'Helvetica, Arial, "DejaVu Sans", sans-serif',
  padding: 12,
  view: { stroke: null },
  title: { color: INK, fontSize: 15, subtitleColor: '#5b626c', subtitleFontSize: 12, subtitlePadding: 5, anchor: 'start', frame: 'group', offset: 14 }, // prettier-ignore
  axis: { labelColor: INK, titleColor: INK, labelFontSize: 12, titleFontSize: 12.5, titleFontWeight: 'normal', titlePadding: 9, gridColor: FAINT, domainColor: '#9aa1ab', tickColor: '#9aa1ab' }, // prettier-ignore
  axisX: { grid: false, labelAngle: 0 },
  axisY: { grid: true, domain: false, ticks: false, labelPadding: 6 },
  header: { labelColor: INK, labelFontSize: 13, titleColor: INK, titleFontSize: 12.5 },
  legend: { labelColor: INK, titleColor: INK, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', labelLimit: 400, symbolSize: 110, symbolStrokeWidth: 2.2 }, // prettier-ignore
  range: { category: Object.values(COLOURS) },
};
