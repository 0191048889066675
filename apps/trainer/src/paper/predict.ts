import { type TensorFlow, numbersOf } from '#libs/tensorflow';
import { toBatch } from './batches.js';
import type { Example } from './examples.js';
import { type PaperForward, inputOf } from './network.js';
import type { PaperParameters } from './parameters.js';
import { BREATH_CLASSES, type SegmentPrediction } from './training-result.js';

/** So many segments at a time. */
const BATCH = 64;

/** What a network says about each example, in their order. */
export function predictExamples(
  tf: TensorFlow,
  forward: PaperForward,
  parameters: PaperParameters,
  examples: readonly Example[],
  width: number,
): SegmentPrediction[] {
  const order = examples.map((_, at) => at).sort((a, b) => lengthAt(examples, a) - lengthAt(examples, b));
  const predictions = new Array<SegmentPrediction>(examples.length);
  for (let from = 0; from < order.length; from += BATCH) {
    const places = order.slice(from, from + BATCH);
    const chosen = places.map((place) => examples[place] as Example);
    const outputs = runForward(tf, forward, parameters, chosen, width);
    chosen.forEach((example, row) => {
      predictions[places[row] as number] = predictionOf(example, outputs, row);
    });
  }
  return predictions;
}

const lengthAt = (examples: readonly Example[], at: number): number => (examples[at] as Example).frames;

interface Outputs {
  rates: Float32Array;
  counts: Float32Array;
  /** [items, 3]. */
  classes: Float32Array;
  /** [items, 2]. */
  noise: Float32Array;
}

function runForward(
  tf: TensorFlow,
  forward: PaperForward,
  parameters: PaperParameters,
  examples: readonly Example[],
  width: number,
): Outputs {
  return numbersOf(tf, () => {
    const weights = Object.fromEntries(
      Object.entries(parameters).map(([name, { values, shape }]) => [name, tf.tensor(values, shape)]),
    );
    const output = forward(inputOf(tf, toBatch(examples, width)), weights);
    return {
      rates: output.rates.dataSync<'float32'>(),
      counts: output.counts.dataSync<'float32'>(),
      classes: output.classLogits.dataSync<'float32'>(),
      noise: output.noiseLogits.dataSync<'float32'>(),
    };
  });
}

function predictionOf({ segment, ...labels }: Example, outputs: Outputs, row: number): SegmentPrediction {
  const classes = [...outputs.classes.subarray(3 * row, 3 * row + 3)];
  const [quiet, noise] = [outputs.noise[2 * row] as number, outputs.noise[2 * row + 1] as number];
  return {
    segmentId: segment.segmentId,
    subjectId: segment.subjectId,
    rrPerMinute: labels.rrPerMinute,
    predictedRrPerMinute: outputs.rates[row] as number,
    breaths: labels.breaths,
    predictedBreaths: outputs.counts[row] as number,
    breathClass: classAt(labels.breathClass),
    predictedClass: classAt(classes.indexOf(Math.max(...classes))),
    noisy: labels.noisy,
    predictedNoisy: noise > quiet,
  };
}

const classAt = (place: number) => BREATH_CLASSES[place] as (typeof BREATH_CLASSES)[number];
