import { COLOURS, type PlotSpec } from '#libs/plots';
import { MODELS, RATE_BANDS, TABLE_3 } from '../experiments.js';
import type { SegmentSet } from '../segment-set.js';
import type { TrainingResult } from '../training-result.js';
import { type Figure, captionOf, count, plotTitle } from './figure.js';
import { type Spread, errorsOf } from './measures.js';

const SEXES = ['female', 'male'] as const;
/** Plain training in blue, augmented in orange; the stronger shade is the TC-LSTM. */
const SHADES = [COLOURS.sky, COLOURS.blue, COLOURS.orange, COLOURS.vermilion];

export interface BandError {
  sex: (typeof SEXES)[number];
  recipe: string;
  band: string;
  segments: number;
  mse: Spread | undefined;
  mae: Spread | undefined;
}

/** The numbers of Figure 6: errors per rate band for women and men of the evaluation part. */
export function bandErrors(set: SegmentSet, results: ReadonlyMap<string, readonly TrainingResult[]>): BandError[] {
  const sexOf = (subjectId: string) => set.participants.get(subjectId)?.sex;
  return SEXES.flatMap((sex) =>
    TABLE_3.flatMap(({ recipe }) =>
      RATE_BANDS.map(({ label, holds }) => ({
        sex,
        recipe,
        band: label,
        ...errorsOf(
          results.get(recipe) ?? [],
          'evaluation',
          ({ subjectId, rrPerMinute }) => sexOf(subjectId) === sex && holds(rrPerMinute),
        ),
      })),
    ),
  );
}

/** Figure 6: MSE in three bands of rates, women beside men, four models. */
export function bandFigure(set: SegmentSet, results: ReadonlyMap<string, readonly TrainingResult[]>): Figure {
  const title = 'Figure 6: MSE by range of rates for female and male participants';
  const errors = bandErrors(set, results);
  const bars = errors.flatMap(({ mse, ...rest }) => (mse ? [{ ...rest, ...mse, model: MODELS[rest.recipe as keyof typeof MODELS] }] : [])); // prettier-ignore
  if (bars.length === 0) {
    return { id: 'figure-6', title, caption: captionOf(set, 'Not drawn: no evaluation segment belongs to somebody whose sex is known.') }; // prettier-ignore
  }
  const people = new Map(SEXES.map((sex) => [sex, peopleOf(set, results, sex)]));
  return {
    id: 'figure-6',
    title,
    caption: captionOf(
      set,
      `Mean squared error in squares of the training rates' deviation, evaluation people: ${SEXES.map((sex) => `${people.get(sex)} ${sex} (${RATE_BANDS.map(({ label }) => `${label}: ${segmentsOf(errors, sex, label)}`).join(', ')} segments)`).join('; ')}.`,
      'Bars are means over seeds, lines their range; seeds share the people, so the lines are no interval for other people.',
      'The paper prints this figure without numbers.',
    ),
    spec: plot(set, bars, people),
  };
}

function peopleOf(set: SegmentSet, results: ReadonlyMap<string, readonly TrainingResult[]>, sex: string): number {
  const evaluation = [...results.values()][0]?.[0]?.evaluation ?? []; // every training has the same
  return new Set(evaluation.map(({ subjectId }) => subjectId).filter((id) => set.participants.get(id)?.sex === sex))
    .size;
}

/** A recipe that was not trained has none, every other the same. */
const segmentsOf = (errors: readonly BandError[], sex: string, band: string): number =>
  Math.max(...errors.filter((error) => error.sex === sex && error.band === band).map(({ segments }) => segments));

function plot(
  set: SegmentSet,
  bars: readonly (Spread & Omit<BandError, 'mse'> & { model: string })[],
  people: ReadonlyMap<string, number>,
): PlotSpec {
  const models = TABLE_3.map(({ recipe }) => MODELS[recipe]);
  const header = (sex: string): string => `${sex}, ${count(people.get(sex) ?? 0, 'person', 'people')}`;
  const values = bars.map(({ sex, model, band, mean, lowest, highest }) => ({ sex: header(sex), model, band, mean, lowest, highest })); // prettier-ignore
  const x = { field: 'band', type: 'ordinal' as const, sort: RATE_BANDS.map(({ label }) => label), axis: { title: 'respiratory rate (breaths/min)' }, scale: { paddingInner: 0.25 } }; // prettier-ignore
  const xOffset = { field: 'model', sort: models };
  return {
    title: { ...plotTitle(set, 'Error by range of rates and sex'), offset: -14 }, // headers already stand apart
    data: { values },
    facet: { column: { field: 'sex', type: 'nominal', title: null, sort: SEXES.map(header) } },
    spec: {
      width: 330,
      height: 260,
      layer: [
        {
          mark: { type: 'bar' },
          encoding: {
            x,
            xOffset,
            y: { field: 'mean', type: 'quantitative', axis: { title: 'MSE (squares of the deviation of rates)' } },
            color: { field: 'model', sort: models, scale: { domain: models, range: SHADES }, legend: { title: null, orient: 'bottom', columns: 4, symbolType: 'square' } }, // prettier-ignore
          },
        },
        {
          mark: { type: 'rule', color: '#22262b', strokeWidth: 1.3 },
          encoding: { x, xOffset, y: { field: 'lowest', type: 'quantitative' }, y2: { field: 'highest' } },
        },
      ],
    },
  };
}
