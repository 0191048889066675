import { type CurveStep, MEASURES, type Measure, NAMES, SHOWN } from '../learning-curve/curve.js';
import { COLOURS, type PlotSpec } from '#libs/plots';

const TITLES: Record<Measure, string> = { ccc: 'CCC', mae: 'MAE (breaths/min)' };

/** CCC and MAE against people trained on: the mean over seeds as a line, their range as bars. */
export function learningCurvePlot(recipe: string, curve: readonly CurveStep[]): PlotSpec {
  return {
    title: { text: `Learning curve of ${recipe}`, subtitle: 'mean and range over seeds, on the same people held out' },
    spacing: 36,
    hconcat: MEASURES.map((measure) => panel(measure, curve)),
  };
}

function panel(measure: Measure, curve: readonly CurveStep[]): Extract<PlotSpec, { layer: unknown }> {
  const values = curve.flatMap(({ people, columns }) =>
    SHOWN.flatMap((condition) => {
      const spread = columns[condition]?.[measure];
      return spread ? [{ people, condition: NAMES[condition], ...spread }] : [];
    }),
  );
  const scale = { domain: SHOWN.map((condition) => NAMES[condition] as string), range: [COLOURS.blue, COLOURS.vermilion] }; // prettier-ignore
  const color = { field: 'condition', type: 'nominal' as const, scale, legend: { title: null, orient: 'bottom' as const } }; // prettier-ignore
  const sizes = curve.map(({ people }) => people);
  const x = { field: 'people', type: 'quantitative' as const, scale: { zero: false, padding: 12 }, axis: { title: 'people trained on', values: sizes } }; // prettier-ignore
  const yOf = (field: keyof (typeof values)[number]) => ({ field, type: 'quantitative' as const, scale: { zero: measure === 'mae' }, title: TITLES[measure] }); // prettier-ignore
  return {
    width: 330,
    height: 240,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 5, opacity: 0.3 },
        encoding: { x, y: yOf('lowest'), y2: { field: 'highest' }, color },
      },
      {
        mark: { type: 'line', point: { filled: true, size: 50 }, strokeWidth: 2 },
        encoding: { x, y: yOf('mean'), color },
      },
    ],
  };
}
