import type { PlotSpec } from '#libs/plots';
import { CURVES } from '../experiments.js';
import type { SegmentSet } from '../segment-set.js';
import type { TrainingResult } from '../training-result.js';
import { type Figure, captionOf, count, plotTitle } from './figure.js';

type Lines = (typeof CURVES)[number]['lines'];

interface Point {
  model: string;
  /** One line per training. */
  training: string;
  epoch: number;
  ccc: number;
  best: boolean;
}

/** How each training went: CCC of RR on the validation people after every epoch. */
export function curveFigure(set: SegmentSet, results: ReadonlyMap<string, readonly TrainingResult[]>): Figure {
  const panels = CURVES.map(({ title, lines }) => ({ title, lines, points: pointsOf(lines, results) }));
  const all = panels.flatMap(({ points }) => points.map(({ ccc }) => ccc));
  const lowest = Math.max(-0.2, Math.floor(10 * Math.min(...all)) / 10);
  const spec: PlotSpec = {
    title: plotTitle(set, 'CCC of the rate on the validation people, by epoch'),
    columns: 2,
    spacing: 36,
    concat: panels.map(({ title, lines, points }) => panel(title, lines, points, lowest)),
    resolve: { scale: { color: 'independent' } },
  };
  const trainings = [...results.values()].flat().length;
  return {
    id: 'learning-curves',
    title: 'Learning curves of the trainings',
    caption: captionOf(
      set,
      `${count(trainings, 'training')}, one line each; the dot is the best epoch, whose weights are measured.`,
      'The best epoch is picked on the validation people, so their CCC is higher than it would be on new people.',
      'Values under the axis are drawn on it.',
    ),
    spec,
  };
}

function pointsOf(lines: Lines, results: ReadonlyMap<string, readonly TrainingResult[]>): Point[] {
  return lines.flatMap(({ label, recipe }) =>
    (results.get(recipe) ?? []).flatMap(({ seed, bestEpoch, epochs }) =>
      epochs.map(({ epoch, validationCcc }) => ({
        model: label,
        training: `${recipe} ${seed}`,
        epoch,
        ccc: validationCcc,
        best: epoch === bestEpoch,
      })),
    ),
  );
}

function panel(
  title: string,
  lines: Lines,
  points: readonly Point[],
  lowest: number,
): Extract<PlotSpec, { layer: unknown }> {
  const models = lines.map(({ label }) => label);
  const color = { field: 'model', type: 'nominal' as const, scale: { domain: models }, legend: { title: null, orient: 'bottom' as const, columns: 4 } }; // prettier-ignore
  const x = { field: 'epoch', type: 'quantitative' as const, axis: { title: 'epoch', tickMinStep: 1 } };
  const y = { field: 'ccc', type: 'quantitative' as const, scale: { domain: [lowest, 1], clamp: true }, axis: { title: 'CCC' } }; // prettier-ignore
  return {
    title: { text: title, fontSize: 13 },
    width: 360,
    height: 210,
    data: { values: [...points] },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.75 },
        encoding: { x, y, color, detail: { field: 'training' } },
      },
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'point', filled: true, size: 55, stroke: 'white', strokeWidth: 1, opacity: 1 },
        encoding: { x, y, color },
      },
    ],
  };
}
