import { ANALYSIS_RATE_HZ, EupneaError } from '#libs/contracts';
import { normaliseWindow } from '#libs/features';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { noisyCopies } from './augmentation.js';
import { type Frames, framesOf } from './front-end.js';
import type { LabelledSegment, PeopleSplit, SegmentRecording, SegmentSet } from './segment-set.js';
import { type Statistics, standardise, statisticsOf } from './standardisation.js';
import { BREATH_CLASSES, type BreathClass } from './training-result.js';

/** One segment (or a noisy copy of one) as a network reads it, with its labels. */
export interface Example {
  segment: LabelledSegment;
  frames: number;
  /** [frames, width] row by row. */
  features: Float32Array;
  rrPerMinute: number;
  breaths: number;
  /** Place in BREATH_CLASSES. */
  breathClass: number;
  noisy: boolean;
}

export interface ExampleParts {
  /** With noisy copies, where the recipe augments. */
  train: Example[];
  validation: Example[];
  evaluation: Example[];
  width: number;
  statistics: Statistics;
}

/** RR above the threshold is heavy; without a breath there is none (Section IV, METHOD "Labels"). */
export function breathClassOf({ breaths, rrPerMinute }: LabelledSegment, heavyAbove: number): BreathClass {
  if (breaths === 0) return 'none';
  return rrPerMinute > heavyAbove ? 'heavy' : 'normal';
}

/**
 * Features of every segment of the three parts, standardised by the training part alone.
 * @throws EupneaError DATA_INVALID when a part has no segments
 */
export function prepareExamples(
  set: SegmentSet,
  split: PeopleSplit,
  recipe: PaperRecipe,
  seed: number,
  onSegment: (done: number, segments: number) => void = () => {},
): ExampleParts {
  const frames = framesOf(recipe.frontEnd);
  let done = 0;
  const everybody = new Set([...split.train, ...split.validation, ...split.evaluation]);
  const total = set.segments.filter(({ subjectId }) => everybody.has(subjectId)).length;
  const prepare = (people: readonly string[], part: string, augmented = false): Example[] => {
    const known = new Set(people);
    const segments = set.segments.filter(({ subjectId }) => known.has(subjectId));
    if (segments.length === 0) {
      throw new EupneaError('DATA_INVALID', `${set.name}: the ${part} people have no segments`, {
        hint: 'Each of the three parts needs people with annotated segments.',
      });
    }
    return segments.flatMap((segment) => {
      const examples = examplesOf(segment, set, recipe, frames, augmented ? seed : undefined);
      onSegment(++done, total);
      return examples;
    });
  };
  const train = prepare(split.train, 'training', true);
  const validation = prepare(split.validation, 'validation');
  const evaluation = prepare(split.evaluation, 'evaluation');
  const statistics = statisticsOf(train, frames.width);
  for (const { features } of [...train, ...validation, ...evaluation]) {
    standardise(features, statistics);
    if (recipe.windowNormalisation === 'none') continue;
    normaliseWindow(features, frames.width, recipe.windowNormalisation.deviationOffset);
  }
  return { train, validation, evaluation, width: frames.width, statistics };
}

/** @param augmentationSeed undefined outside the training part */
function examplesOf(
  segment: LabelledSegment,
  set: SegmentSet,
  recipe: PaperRecipe,
  frames: Frames,
  augmentationSeed: number | undefined,
): Example[] {
  const recording = set.recordings.get(segment.recordingId) as SegmentRecording;
  const [from, to] = [segment.start, segment.end].map((second) => Math.round(second * ANALYSIS_RATE_HZ));
  const samples = recording.samples.subarray(from, to);
  const { rrPerMinute, breaths, noisy } = segment;
  const { heavyTrainingThreshold } = recipe.labels;
  const breathClass = BREATH_CLASSES.indexOf(breathClassOf(segment, heavyTrainingThreshold));
  const exampleOf = (sound: Float32Array, isNoisy: boolean): Example => {
    const features = frames.of(sound);
    const labels = { rrPerMinute, breaths, breathClass, noisy: isNoisy };
    return { segment, features, frames: features.length / frames.width, ...labels };
  };
  const copies =
    augmentationSeed === undefined
      ? []
      : noisyCopies(samples, { segment, recording, noise: set.noise, augmentation: recipe.augmentation, seed: augmentationSeed }); // prettier-ignore
  return [exampleOf(samples, noisy), ...copies.map((copy) => exampleOf(copy.samples, noisy || copy.noisy))];
}
