import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { type FrontEnd, MEL, MelFilterbank, createFrontEnd, levelWidth } from '#libs/features';
import type { Recipe } from '../recipe/schema.js';
import { phasesOf } from './phases.js';
import { Planner, labelsOf } from './plan.js';
import { seededRandom, shuffled } from './random.js';
import { renderItem } from './render.js';
import type { RecordingSound, Sounds } from './sounds.js';

/** One training batch: B items, padded with zeros to T input frames and S = ceil(T / stride) network frames. */
export interface Batch {
  items: number;
  frames: number;
  networkFrames: number;
  /** [B, T, 40]. */
  features: Float32Array;
  /** [B, levelWidth(frontEnd)]. */
  levels: Float32Array;
  /** [B, S]: 1 inside the item. */
  mask: Float32Array;
  /** [B]: 1 where the item holds breath. */
  isBreath: Float32Array;
  /** [B], per minute. */
  rates: Float32Array;
  /** [B], breaths in the item. */
  counts: Float32Array;
  /** [B], seconds. */
  seconds: Float32Array;
  /** [B]: 0 none, 1 normal, 2 heavy. */
  classes: Int32Array;
  /** [B]: 1 with noise. */
  noisy: Int32Array;
  /** [B, S]: see PHASE. */
  phases: Int32Array;
}

/** Batches of a group; items of a group meet in new company each time that they are used. */
const BATCHES_PER_USE = 2;

/** Consecutive batches that one thread must make, since they share items. */
export function groupOf(step: number, { draws }: Pick<Recipe, 'draws'>): number {
  return Math.floor(step / (BATCHES_PER_USE * draws.uses));
}

/**
 * Draws batch after batch. Batch k of a seed is always the same, whoever renders it. Rendering costs more than a step of
 * training, so each item is used `draws.uses` times within a group of batches.
 */
export class BatchMaker {
  private readonly planner: Planner;
  private readonly filterbank = new MelFilterbank();
  private readonly frontEnd: FrontEnd;
  private group = -1;
  private items: Item[] = [];

  constructor(
    private readonly sounds: Sounds,
    private readonly recipe: Recipe,
    private readonly seed: number,
  ) {
    this.frontEnd = createFrontEnd(recipe.frontEnd);
    this.planner = new Planner(sounds.recordings, sounds.noise, recipe.draws);
  }

  make(step: number): Batch {
    const { batch } = this.recipe.optimiser;
    const group = groupOf(step, this.recipe);
    if (group !== this.group) {
      this.items = Array.from({ length: BATCHES_PER_USE * batch }, (_, at) => this.item(group, at));
      this.group = group;
    }
    const within = step % (BATCHES_PER_USE * this.recipe.draws.uses);
    const use = Math.floor(within / BATCHES_PER_USE);
    const order = shuffled(this.items, seededRandom(this.seed, group, -1 - use));
    const from = (within % BATCHES_PER_USE) * batch;
    return assemble(order.slice(from, from + batch), this.recipe);
  }

  private item(group: number, at: number) {
    const random = seededRandom(this.seed, group, at);
    const plan = this.planner.plan(random);
    const samples = renderItem(plan, this.sounds, this.recipe, random);
    const energies = this.filterbank.frames(samples);
    const input = this.frontEnd.apply(energies, energies.length / MEL.bands);
    const networkFrames = Math.ceil(input.frames / this.recipe.network.firstStride);
    const source = plan.breath ? (this.sounds.recordings[plan.breath.recording] as RecordingSound) : undefined;
    const times = Array.from({ length: networkFrames }, (_, frame) => frameTime(frame, this.recipe));
    const phases = phasesOf(plan, source?.events ?? [], times);
    return { ...input, networkFrames, phases, seconds: plan.seconds, ...labelsOf(plan, this.recipe.labels) };
  }
}

/** Middle of a network frame, in seconds since the window's first sample. */
function frameTime(frame: number, { frontEnd, network }: Recipe): number {
  const step = (MEL.hopSamples * frontEnd.framesPerStep) / ANALYSIS_RATE_HZ;
  const firstMiddle = (MEL.hopSamples * (frontEnd.framesPerStep - 1) + MEL.frameSamples) / 2 / ANALYSIS_RATE_HZ;
  return frame * network.firstStride * step + firstMiddle;
}

type Item = ReturnType<BatchMaker['item']>;

function assemble(items: Item[], { frontEnd, network }: Recipe): Batch {
  const frames = Math.max(...items.map((item) => item.frames));
  const networkFrames = Math.ceil(frames / network.firstStride);
  const levelCount = levelWidth(frontEnd);
  const padded = <T extends Float32Array | Int32Array>(
    target: T,
    width: number,
    rowOf: (item: Item) => ArrayLike<number>,
  ) => {
    items.forEach((item, row) => target.set(rowOf(item), row * width));
    return target;
  };
  const count = items.length;
  return {
    items: count,
    frames,
    networkFrames,
    features: padded(new Float32Array(count * frames * MEL.bands), frames * MEL.bands, ({ features }) => features),
    levels: padded(new Float32Array(count * levelCount), levelCount, ({ levels }) => levels),
    mask: padded(new Float32Array(count * networkFrames), networkFrames, (item) =>
      new Array(item.networkFrames).fill(1),
    ),
    isBreath: Float32Array.from(items, ({ isBreath }) => (isBreath ? 1 : 0)),
    rates: Float32Array.from(items, ({ rrPerMinute }) => rrPerMinute),
    counts: Float32Array.from(items, ({ breaths }) => breaths),
    seconds: Float32Array.from(items, ({ seconds }) => seconds),
    classes: Int32Array.from(items, ({ breathClass }) => breathClass),
    noisy: Int32Array.from(items, ({ noisy }) => noisy),
    phases: padded(new Int32Array(count * networkFrames), networkFrames, ({ phases }) => phases),
  };
}
