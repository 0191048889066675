import { concordance, mean, variance } from '#libs/agreement';
import { setImmediate } from 'node:timers/promises';
import { seededRandom } from '../draws/random.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import type { TensorFlow } from '#libs/tensorflow';
import { Adam } from '../training/adam.js';
import { clipGradients } from '../training/optimiser.js';
import { assertFinite } from '../training/train.js';
import { bucketed, toBatch } from './batches.js';
import type { TrainingState } from './checkpoint.js';
import type { Example, ExampleParts } from './examples.js';
import { type PaperForward, type TargetScale, createPaperForward } from './network.js';
import { LOSS_NAMES, type PaperObjective, createPaperObjective } from './objective.js';
import { type PaperParameters, initialPaperParameters } from './parameters.js';
import { predictExamples } from './predict.js';
import { dynamicWeights, focalScale, inverseFrequencies } from './schedule.js';
import { BREATH_CLASSES, type EpochRecord, type SegmentPrediction } from './training-result.js';

/** Purposes of a seed, so that their random numbers have nothing in common. */
const STREAM = { weights: 1, order: 2 } as const;

export interface BatchProgress {
  epoch: number;
  batch: number;
  batches: number;
  loss: number;
}

interface EpochOutcome {
  record: EpochRecord;
  /** Of dynamic weight averaging, by loss. */
  lambdas: Record<string, number>;
}

/** One network in training: its weights, its optimiser and what it remembers between epochs. */
export class EpochTraining {
  readonly parameters: PaperParameters;
  readonly scale: TargetScale;
  readonly state: TrainingState;
  private readonly adam: Adam;
  private readonly objective: PaperObjective;
  private readonly forward: PaperForward;

  /** @param saved a state to go on from */
  constructor(
    private readonly tf: TensorFlow,
    private readonly recipe: PaperRecipe,
    private readonly examples: ExampleParts,
    private readonly seed: number,
    saved?: TrainingState,
  ) {
    const { train, width } = examples;
    this.parameters = initialPaperParameters(recipe.network, width, seededRandom(seed, STREAM.weights));
    this.scale = targetScale(train);
    const weights = Object.values(this.parameters).map(({ values }) => values);
    this.adam = new Adam(weights, recipe.optimiser);
    this.state = saved ?? {
      weights,
      bestWeights: weights.map((values) => values.slice()),
      bestEpoch: 0,
      moments: this.adam.moments,
      steps: 0,
      records: [],
      seconds: 0,
    };
    if (saved) {
      this.use(saved.weights);
      this.adam.resume(saved.steps, saved.moments);
    }
    this.objective = createPaperObjective(tf, recipe, this.scale, {
      breath: inverseFrequencies(train.map(({ breathClass }) => breathClass), BREATH_CLASSES.length), // prettier-ignore
      noise: inverseFrequencies(train.map(({ noisy }) => Number(noisy)), 2), // prettier-ignore
    });
    this.forward = createPaperForward(tf, recipe, this.scale);
  }

  /** After the last epoch, or when the validation CCC has not risen for `patience` epochs. */
  get isFinished(): boolean {
    const { epochs, patience } = this.recipe.optimiser;
    const done = this.state.records.length;
    return done >= epochs || done - this.state.bestEpoch >= patience;
  }

  /**
   * One pass over the training examples, then the validation CCC of RR.
   * @throws EupneaError TRAINING_DIVERGED
   */
  async epoch(onBatch: (progress: BatchProgress) => void): Promise<EpochOutcome> {
    const startedAt = performance.now();
    const { loss: settings, optimiser } = this.recipe;
    const epoch = this.state.records.length + 1;
    const lambdas = this.lambdas();
    const scale = focalScale(settings.focal, epoch, optimiser.epochs);
    const batches = bucketed(this.examples.train, optimiser.batch, seededRandom(this.seed, STREAM.order, epoch));
    const sums = new Array<number>(1 + LOSS_NAMES.length).fill(0);
    for (const [at, batch] of batches.entries()) {
      const { loss, losses, gradients } = this.objective(toBatch(batch, this.examples.width), this.parameters, {
        lambdas,
        focalScale: scale,
      });
      assertFinite(loss, this.adam.steps);
      assertFinite(clipGradients(gradients, optimiser.clipNorm), this.adam.steps);
      this.adam.apply(gradients, optimiser.learningRate);
      [loss, ...losses].forEach((value, k) => (sums[k] = (sums[k] as number) + value / batches.length));
      onBatch({ epoch, batch: at + 1, batches: batches.length, loss });
      await setImmediate(); // a batch takes long: let others draw and answer
    }
    const [trainingLoss, ...means] = sums as [number, ...number[]];
    const record = { epoch, trainingLoss, losses: named(means), validationCcc: this.validationCcc() };
    this.remember(record, (performance.now() - startedAt) / 1000);
    return { record, lambdas: named(lambdas) };
  }

  /** Puts the weights of the best epoch in force. */
  useBest(): void {
    this.use(this.state.bestWeights);
  }

  predict(examples: readonly Example[]): SegmentPrediction[] {
    return predictExamples(this.tf, this.forward, this.parameters, examples, this.examples.width);
  }

  private lambdas(): number[] {
    const { dynamicWeights: dynamic } = this.recipe.loss;
    const history = this.state.records.map(({ losses }) => LOSS_NAMES.map((name) => losses[name] as number));
    if (dynamic === 'none') return LOSS_NAMES.map(() => 1);
    return dynamicWeights(history, LOSS_NAMES.length, dynamic.temperature);
  }

  private validationCcc(): number {
    const predictions = this.predict(this.examples.validation);
    const ccc = concordance(
      predictions.map(({ predictedRrPerMinute }) => predictedRrPerMinute),
      predictions.map(({ rrPerMinute }) => rrPerMinute),
    );
    return Number.isNaN(ccc) ? 0 : ccc; // everybody the same, in truth and in prediction: no agreement to speak of
  }

  private remember(record: EpochRecord, seconds: number): void {
    const { state } = this;
    const best = state.records[state.bestEpoch - 1]?.validationCcc ?? -Infinity;
    state.records.push(record);
    state.weights = Object.values(this.parameters).map(({ values }) => values);
    state.moments = this.adam.moments;
    state.steps = this.adam.steps;
    state.seconds += seconds;
    if (record.validationCcc <= best) return;
    state.bestEpoch = record.epoch;
    state.bestWeights = state.weights.map((values) => values.slice());
  }

  private use(weights: readonly Float32Array[]): void {
    Object.values(this.parameters).forEach(({ values }, at) => values.set(weights[at] as Float32Array));
  }
}

const named = (values: readonly number[]): Record<string, number> =>
  Object.fromEntries(LOSS_NAMES.map((name, k) => [name, values[k] as number]));

/** Of the training segments, each counted once however many copies it has. */
function targetScale(train: readonly Example[]): TargetScale {
  const segments = [...new Map(train.map(({ segment }) => [segment.segmentId, segment])).values()];
  const momentsOf = (values: number[]) => ({ mean: mean(values), deviation: Math.sqrt(variance(values)) || 1 });
  return {
    rates: momentsOf(segments.map(({ rrPerMinute }) => rrPerMinute)),
    counts: momentsOf(segments.map(({ breaths }) => breaths)),
  };
}
