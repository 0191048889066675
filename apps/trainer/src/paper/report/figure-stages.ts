import { groupBy, median } from '#libs/agreement';
import { COLOURS, type PlotSpec } from '#libs/plots';
import type { PulseReading, SegmentSet } from '../segment-set.js';
import { type Figure, captionOf, count, plotTitle } from './figure.js';

/** The four clips of a trial with the minute in which each begins (Section II). */
const STAGES = [
  { stage: 'before', label: 'before (min 1)' },
  { stage: 'during', label: 'during (min 5)' },
  { stage: 'after', label: 'after (min 6)' },
  { stage: 'cooldown', label: 'cooling down (min 8)' },
] as const;
const STAGE_OF_PULSE: Record<PulseReading['position'], (typeof STAGES)[number]['stage']> = {
  1: 'before',
  2: 'during',
  3: 'after',
  4: 'after',
  5: 'cooldown',
  6: 'cooldown',
};
/** More circles than this hide each other; boxes rest on all values. */
const CIRCLES_PER_STAGE = 150;

interface Value {
  stage: string;
  value: number;
}

/** Figure 4: respiratory rate and pulse over the stages of the workout. */
export function stageFigure(set: SegmentSet): Figure {
  const id = 'figure-4';
  const title = 'Figure 4: respiratory and pulse rates over workout stages';
  const rates = valuesOf(
    set.segments.map(({ recordingId, rrPerMinute }) => ({
      stage: set.recordings.get(recordingId)?.stage ?? 'none',
      value: rrPerMinute,
    })),
  );
  const pulses = valuesOf(
    set.pulses.map(({ position, beatsPerMinute }) => ({ stage: STAGE_OF_PULSE[position], value: beatsPerMinute })),
  );
  if (rates.length === 0 && pulses.length === 0) {
    return { id, title, caption: captionOf(set, 'Not drawn: no recording of this set has a stage, and there is no pulse in this set.') }; // prettier-ignore
  }
  const panels = [
    { values: rates, unit: 'breaths/min', what: 'respiratory rate', one: 'segment' },
    { values: pulses, unit: 'beats/min', what: 'pulse', one: 'reading' },
  ];
  const drawn = panels.filter(({ values }) => values.length > 0);
  const spec: PlotSpec = {
    title: plotTitle(set, 'Respiratory rate and pulse over a workout'),
    spacing: 40,
    hconcat: drawn.map(({ values, unit, what }) => panel(values, `${what} (${unit})`)),
  };
  return {
    id,
    title,
    caption: captionOf(
      set,
      ...drawn.map(
        ({ values, what, one }) => `${upperFirst(what)}: ${count(values.length, one)}, medians ${mediansOf(values)}.`,
      ),
      `Boxes span the quartiles, whiskers the whole range; circles are single values, at most ${CIRCLES_PER_STAGE} a stage, moved sideways to be seen.`,
      pulses.length === 0 ? 'No pulse in this set.' : 'Readings before and after a clip count for its stage.',
      rates.length === 0 ? 'No recording of this set has a stage.' : '',
    ),
    spec,
  };
}

function valuesOf(values: readonly Value[]): Value[] {
  return STAGES.flatMap(({ stage, label }) =>
    values.filter((value) => value.stage === stage).map(({ value }) => ({ stage: label, value })),
  );
}

function mediansOf(values: readonly Value[]): string {
  return [...groupBy(values, ({ stage }) => stage)]
    .map(([stage, members]) => `${stage} ${median(members.map(({ value }) => value)).toFixed(1)}`)
    .join(', ');
}

function panel(values: readonly Value[], title: string): Extract<PlotSpec, { layer: unknown }> {
  const x = { field: 'stage', type: 'ordinal' as const, sort: STAGES.map(({ label }) => label), axis: { title: null, labelExpr: "split(datum.label, ' (')[0] === 'cooling down' ? ['cooling down', 'min 8'] : [split(datum.label, ' (')[0], replace(split(datum.label, ' (')[1], ')', '')]" } }; // prettier-ignore
  const y = { field: 'value', type: 'quantitative' as const, scale: { zero: false, nice: true }, axis: { title } };
  return {
    width: 360,
    height: 280,
    layer: [
      {
        data: { values: circles(values) },
        mark: { type: 'point', filled: true, fill: 'white', stroke: COLOURS.grey, strokeWidth: 0.8, size: 22, opacity: 0.9, aria: false }, // prettier-ignore
        encoding: { x, y, xOffset: { field: 'shift', type: 'quantitative', scale: { domain: [-1, 1] } } },
      },
      {
        data: { values: [...values] },
        mark: { type: 'boxplot', extent: 'min-max', size: 46, box: { color: COLOURS.sky, opacity: 0.55 }, median: { color: COLOURS.blue, strokeWidth: 2.5 }, rule: { color: COLOURS.blue } }, // prettier-ignore
        encoding: { x, y },
      },
    ],
  };
}

/** The golden ratio spreads any number of circles evenly, always in the same way. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

function circles(values: readonly Value[]): (Value & { shift: number })[] {
  return [...groupBy(values, ({ stage }) => stage).values()].flatMap((members) => {
    const step = Math.max(1, members.length / CIRCLES_PER_STAGE);
    const kept = members.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step));
    return kept.map((value, at) => ({ ...value, shift: 1.2 * (((at + 1) * GOLDEN) % 1) - 0.6 }));
  });
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
