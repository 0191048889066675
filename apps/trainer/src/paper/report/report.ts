import { renderSvg } from '#libs/plots';
import { MODELS, PAPER_RECIPES, type Part, RATE_BANDS, TABLE_3 } from '../experiments.js';
import { PRINTED_TABLE_1, PRINTED_TABLE_2, PRINTED_TABLE_3 } from '../printed.js';
import type { PeopleSplit, SegmentSet } from '../segment-set.js';
import type { TrainingResult } from '../training-result.js';
import { type Figure, SIMULATED } from './figure.js';
import { bandErrors, bandFigure } from './figure-bands.js';
import { curveFigure } from './figure-curves.js';
import { rateFigure } from './figure-rates.js';
import { spectrogramFigure } from './figure-spectrograms.js';
import { stageFigure } from './figure-stages.js';
import { ScoreBook, errorsOf } from './measures.js';
import { HOW_TO_READ } from './notes.js';
import type { Table } from './table.js';
import { tablesOf } from './tables.js';

export interface ReportInput {
  set: SegmentSet;
  split: PeopleSplit;
  results: readonly TrainingResult[];
  /** A run with few people and epochs, which proves that the command works and nothing else. */
  quick: boolean;
  backend: string;
  version: string;
  recipes: readonly RecipeText[];
}

/** A recipe as it stands in its file: comments mark the values that are ours. */
export interface RecipeText {
  name: string;
  text: string;
}

export interface DrawnFigure extends Omit<Figure, 'spec'> {
  /** Absent where the data set cannot fill the figure. */
  svg?: string;
}

export interface Report {
  title: string;
  /** Warnings that stand above everything else. */
  marks: readonly string[];
  /** What was measured on what, in pairs of name and value. */
  facts: readonly (readonly [string, string])[];
  howToRead: readonly string[];
  recipes: readonly RecipeText[];
  tables: readonly Table[];
  figures: readonly DrawnFigure[];
  /** What a script wants to know first. */
  summary: Readonly<Record<string, unknown>>;
  /** Everything as numbers, for scripts. */
  json: Readonly<Record<string, unknown>>;
}

const QUICK = 'Quick run: few people, few epochs, one seed. It shows that the command works; its figures mean nothing.';

/** Tables, figures and facts of a campaign; nothing here is random or knows a clock. */
export async function buildReport(input: ReportInput): Promise<Report> {
  const { set, quick } = input;
  const results = byRecipe(input.results);
  const book = new ScoreBook(results);
  const figures = [
    spectrogramFigure(set),
    rateFigure(set),
    stageFigure(set),
    bandFigure(set, results),
    curveFigure(set, results),
  ];
  const drawn: DrawnFigure[] = [];
  for (const { spec, ...figure } of figures) {
    drawn.push(spec ? { ...figure, svg: await renderSvg(spec) } : figure);
  }
  const tables = tablesOf(set, book);
  const untrained = PAPER_RECIPES.filter((recipe) => !results.has(recipe));
  const marks = [
    ...(set.simulated ? [SIMULATED] : []),
    ...(quick ? [QUICK] : []),
    ...(untrained.length > 0 ? [`Not trained, so without figures: ${untrained.join(', ')}.`] : []),
  ];
  return {
    title: `The paper’s experiments on ${set.name}${set.simulated ? ' (simulated)' : ''}${quick ? ', quick run' : ''}`,
    marks,
    facts: factsOf(input),
    howToRead: HOW_TO_READ,
    recipes: input.recipes,
    tables,
    figures: drawn,
    summary: summaryOf(input, book),
    json: numbersOf(input, book, marks),
  };
}

function byRecipe(results: readonly TrainingResult[]): Map<string, TrainingResult[]> {
  const found = PAPER_RECIPES.map((recipe) => ({
    recipe,
    trainings: results.filter((result) => result.recipe === recipe).sort((a, b) => a.seed - b.seed),
  }));
  return new Map(found.filter(({ trainings }) => trainings.length > 0).map(({ recipe, trainings }) => [recipe, trainings])); // prettier-ignore
}

const PARTS = ['train', 'validation', 'evaluation'] as const;
const seedsOf = (results: readonly TrainingResult[]): number[] =>
  [...new Set(results.map(({ seed }) => seed))].sort((a, b) => a - b);
const segmentsOf = ({ segments }: SegmentSet, people: readonly string[]): number =>
  segments.filter(({ subjectId }) => people.includes(subjectId)).length;

function factsOf({ set, split, results, backend, version }: ReportInput): (readonly [string, string])[] {
  const rates = results[0]?.rates;
  const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;
  return [
    ['data', `${set.name}${set.simulated ? ', simulated' : ''}; SHA-256 ${set.dataSha256}`],
    ['people', `${set.participants.size}, with ${set.recordings.size} recordings and ${set.segments.length} labelled segments`], // prettier-ignore
    ...PARTS.map((part) => [part, `${split[part].length} people, ${segmentsOf(set, split[part])} segments`] as const),
    ['split', `by person, seed ${split.seed}, SHA-256 ${split.sha256}`],
    ['seeds', seedsOf(results).join(', ')],
    ['training rates', rates ? `mean ${rates.mean.toFixed(2)}, deviation ${rates.deviation.toFixed(2)} breaths/min` : 'none'], // prettier-ignore
    ['trainings', `${results.length}, ${minutes(results.reduce((sum, { seconds }) => sum + seconds, 0))} of training in all`], // prettier-ignore
    ['made with', `Eupnea ${version}, TensorFlow.js backend "${backend}"`],
  ];
}

function summaryOf({ set, quick, results }: ReportInput, book: ScoreBook): Record<string, unknown> {
  const evaluation = [...book.results.keys()].map((recipe) => {
    const { ccc, mse, mae } = book.of(recipe, 'evaluation');
    return [recipe, { ccc: rounded(ccc?.mean), mse: rounded(mse?.mean), mae: rounded(mae?.mean) }];
  });
  const { name, simulated } = set;
  return { data: name, simulated, quick, trainings: results.length, seeds: seedsOf(results), evaluation: Object.fromEntries(evaluation) as unknown }; // prettier-ignore
}

const rounded = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value * 1e4) / 1e4); // prettier-ignore

/** `report.json`: undefined figures are absent. */
function numbersOf(input: ReportInput, book: ScoreBook, marks: readonly string[]): Record<string, unknown> {
  const { set, split, quick, backend, version } = input;
  const { results } = book;
  const scores = (part: Part) => Object.fromEntries([...results.keys()].map((recipe) => [recipe, book.of(recipe, part)])); // prettier-ignore
  const bandsOf = (list: readonly TrainingResult[]) =>
    RATE_BANDS.map(({ label, holds }) => ({ band: label, ...errorsOf(list, 'evaluation', ({ rrPerMinute }) => holds(rrPerMinute)) })); // prettier-ignore
  return {
    simulated: set.simulated,
    quick,
    marks,
    data: { name: set.name, sha256: set.dataSha256, people: set.participants.size, recordings: set.recordings.size, segments: set.segments.length }, // prettier-ignore
    split,
    seeds: seedsOf(input.results),
    version,
    backend,
    printedInThePaper: { table1: PRINTED_TABLE_1, table2: PRINTED_TABLE_2, table3: PRINTED_TABLE_3 },
    ours: {
      validation: scores('validation'),
      evaluation: scores('evaluation'),
      byRange: Object.fromEntries(TABLE_3.map(({ recipe }) => [recipe, bandsOf(results.get(recipe) ?? [])])),
      byRangeAndSex: bandErrors(set, results),
      trainings: [...results.values()]
        .flat()
        .map(({ recipe, seed, parameters, seconds, bestEpoch, epochs, rates }) => ({
          recipe,
          model: MODELS[recipe as keyof typeof MODELS],
          seed,
          parameters,
          seconds: Math.round(seconds),
          bestEpoch,
          rates,
          epochs,
        })),
    },
  };
}
