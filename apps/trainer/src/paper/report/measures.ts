import { bootstrapByGroup, concordance, f1, macroF1, mean, meanAbsoluteError, meanSquaredError, pearson } from '#libs/agreement'; // prettier-ignore
import { seededRandom } from '../../draws/random.js';
import type { Part } from '../experiments.js';
import { BREATH_CLASSES, type SegmentPrediction, type TrainingResult } from '../training-result.js';

/** One figure over several seeds; `undefined` in its place means that the labels do not define it. */
export interface Spread {
  mean: number;
  lowest: number;
  highest: number;
}

/** Agreement of a recipe with the labels of one part of the people, over its seeds. */
export interface Scores {
  segments: number;
  people: number;
  ccc: Spread | undefined;
  /** 95 % interval of the mean CCC over seeds, drawing people; undefined for a single person. */
  cccInterval: { lower: number; upper: number } | undefined;
  rho: Spread | undefined;
  /** In squares of the training rates' standard deviation. */
  mse: Spread | undefined;
  /** Breaths per minute. */
  mae: Spread | undefined;
  /** Percent; mean over the classes that occur (none, normal, heavy). */
  f1Breath: Spread | undefined;
  /** Percent, of the class "noise"; undefined unless both noisy and quiet segments occur. */
  f1Noise: Spread | undefined;
}

const BOOTSTRAP_SEED = 2021;

/** @param results the same recipe with different seeds */
export function scoresOf(results: readonly TrainingResult[], part: Part): Scores {
  const first = results[0]?.[part] ?? [];
  const noisy = first.filter((segment) => segment.noisy).length;
  const over = (measure: (segments: readonly SegmentPrediction[], result: TrainingResult) => number) =>
    spreadOf(results.map((result) => measure(result[part], result)));
  return {
    people: new Set(first.map(({ subjectId }) => subjectId)).size,
    ccc: over((segments) => concordance(predicted(segments), labelled(segments))),
    cccInterval: cccInterval(results.map((result) => result[part])),
    rho: over((segments) => pearson(predicted(segments), labelled(segments))),
    ...errorsOf(results, part, () => true),
    f1Breath: over((segments) => {
      const actual = segments.map(({ breathClass }) => breathClass);
      const present = BREATH_CLASSES.filter((name) => actual.includes(name));
      return 100 * macroF1(segments.map(({ predictedClass }) => predictedClass), actual, present); // prettier-ignore
    }),
    f1Noise:
      noisy === 0 || noisy === first.length
        ? undefined
        : over((segments) => 100 * f1(segments.map(({ predictedNoisy }) => predictedNoisy), segments.map((segment) => segment.noisy), true)), // prettier-ignore
  };
}

/** Scores of every recipe on both parts; the intervals take a while, and several tables show the same row. */
export class ScoreBook {
  private readonly known = new Map<string, Scores>();

  constructor(readonly results: ReadonlyMap<string, readonly TrainingResult[]>) {}

  of(recipe: string, part: Part): Scores {
    const key = `${recipe} ${part}`;
    const scores = this.known.get(key) ?? scoresOf(this.results.get(recipe) ?? [], part);
    this.known.set(key, scores);
    return scores;
  }
}

/** Errors on those segments of a part that a condition picks. */
export function errorsOf(
  results: readonly TrainingResult[],
  part: Part,
  picks: (segment: SegmentPrediction) => boolean,
): { segments: number; mse: Spread | undefined; mae: Spread | undefined } {
  const chosen = results.map((result) => ({ result, segments: result[part].filter(picks) }));
  return {
    segments: chosen[0]?.segments.length ?? 0,
    mse: spreadOf(
      chosen.map(({ result, segments }) => meanSquaredError(predicted(segments), labelled(segments)) / result.rates.deviation ** 2), // prettier-ignore
    ),
    mae: spreadOf(chosen.map(({ segments }) => meanAbsoluteError(predicted(segments), labelled(segments)))),
  };
}

const predicted = (segments: readonly SegmentPrediction[]): number[] =>
  segments.map(({ predictedRrPerMinute }) => predictedRrPerMinute);
const labelled = (segments: readonly SegmentPrediction[]): number[] => segments.map(({ rrPerMinute }) => rrPerMinute);

function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0 || values.some(Number.isNaN)) return undefined;
  return { mean: mean(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/** Every seed predicts the same segments, so one draw of people serves all. */
function cccInterval(bySeed: readonly (readonly SegmentPrediction[])[]): Scores['cccInterval'] {
  const people = bySeed[0]?.map(({ subjectId }) => subjectId) ?? [];
  if (new Set(people).size < 2) return undefined;
  const pairs = bySeed.map((segments) => ({ x: predicted(segments), y: labelled(segments) }));
  const take = (values: readonly number[], indices: readonly number[]) => indices.map((at) => values[at] as number);
  const { lower, upper } = bootstrapByGroup(
    people,
    (indices) => mean(pairs.map(({ x, y }) => concordance(take(x, indices), take(y, indices)))),
    seededRandom(BOOTSTRAP_SEED),
  );
  return { lower, upper };
}
