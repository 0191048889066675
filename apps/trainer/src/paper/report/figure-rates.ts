import { mean, median, quantile, variance } from '#libs/agreement';
import { COLOURS } from '#libs/plots';
import type { SegmentSet } from '../segment-set.js';
import { type Figure, captionOf, count, plotTitle } from './figure.js';

const BIN_PER_MINUTE = 5;

/** Figure 3: how often each rate was annotated. */
export function rateFigure(set: SegmentSet): Figure {
  const rates = set.segments.map(({ rrPerMinute }) => rrPerMinute);
  const middle = median(rates);
  const bins = new Map<number, number>();
  for (const rate of rates) {
    const start = BIN_PER_MINUTE * Math.floor(rate / BIN_PER_MINUTE);
    bins.set(start, (bins.get(start) ?? 0) + 1);
  }
  const values = [...bins].map(([start, segments]) => ({ start, end: start + BIN_PER_MINUTE, segments }));
  const none = rates.filter((rate) => rate === 0).length;
  const skew = mean(rates.map((rate) => (rate - mean(rates)) ** 3)) / variance(rates) ** 1.5;
  return {
    id: 'figure-3',
    title: 'Figure 3: distribution of annotated respiratory rates',
    caption: captionOf(
      set,
      `${count(rates.length, 'segment')} of 4-7 s in bins of ${BIN_PER_MINUTE} breaths/min; median ${middle.toFixed(1)}, 5-95 % ${quantile(rates, 0.05).toFixed(1)} to ${quantile(rates, 0.95).toFixed(1)}, skewness ${skew.toFixed(2)} (${skew > 0 ? 'right-tailed' : 'not right-tailed'}).`,
      none > 0 ? `${count(none, 'segment')} without breath ${none === 1 ? 'stands' : 'stand'} at 0.` : '',
      'Whole counts in so short a time make rates jump in steps of 8.6 to 15 /min.',
    ),
    spec: {
      title: { ...plotTitle(set, 'Annotated respiratory rates'), offset: 30 }, // the median's label stands between
      width: 560,
      height: 260,
      layer: [
        {
          data: { values },
          mark: { type: 'bar', color: COLOURS.blue, binSpacing: 2 },
          encoding: {
            x: { field: 'start', type: 'quantitative', bin: { binned: true, step: BIN_PER_MINUTE }, axis: { title: 'respiratory rate (breaths/min)', values: tens(rates) } }, // prettier-ignore
            x2: { field: 'end' },
            y: { field: 'segments', type: 'quantitative', axis: { title: 'segments' } },
          },
        },
        {
          data: { values: [{ middle }] },
          mark: { type: 'rule', color: COLOURS.vermilion, strokeWidth: 2, strokeDash: [6, 4] },
          encoding: { x: { field: 'middle', type: 'quantitative' } },
        },
        {
          data: { values: [{ middle, text: `median ${middle.toFixed(1)}` }] },
          mark: { type: 'text', align: 'center', baseline: 'bottom', y: -5, fontSize: 12, color: COLOURS.vermilion, fontWeight: 'bold' }, // prettier-ignore
          encoding: { x: { field: 'middle', type: 'quantitative' }, text: { field: 'text' } },
        },
      ],
    },
  };
}

const tens = (rates: readonly number[]): number[] =>
  Array.from({ length: Math.ceil((Math.max(...rates) + BIN_PER_MINUTE) / 10) + 1 }, (_, at) => 10 * at);
