import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { type FrontEnd, MEL, MelFilterbank, createFrontEnd } from '#libs/features';
import type { Recipe } from '../recipe/schema.js';
import { degrade } from './degrade.js';
import { phasesOf } from './phases.js';
import { Planner, labelsOf } from './plan.js';
import { seededRandom } from './random.js';
import { renderItem } from './render.js';
import type { RecordingSound, Sounds } from './sounds.js';

/** One training item: what the network reads of a rendered sound, its labels, and whom it was made from. */
export interface TrainingItem {
  /** Undefined for noise alone. */
  recordingId?: string;
  /** Undefined without noise. */
  noiseId?: string;
  /** True where the noise is nobody's. */
  synthetic: boolean;
  frames: number;
  networkFrames: number;
  /** [frames, 40] in units of 1 / FEATURE_UNITS: half the memory, at an error far below the noise of any frame. */
  features: Int16Array;
  levels: Float32Array;
  /** [networkFrames]: see PHASE. */
  phases: Uint8Array;
  seconds: number;
  isBreath: boolean;
  rrPerMinute: number;
  breaths: number;
  /** 0 none, 1 normal, 2 heavy. */
  breathClass: number;
  noisy: number;
}

export const FEATURE_UNITS = 4096;
const LARGEST = 32_767;

/** Makes item after item. Item k of a seed is always the same, whoever makes it and in whatever order. */
export class ItemMaker {
  private readonly planner: Planner;
  private readonly filterbank = new MelFilterbank();
  private readonly frontEnd: FrontEnd;

  constructor(
    private readonly sounds: Sounds,
    private readonly recipe: Recipe,
    private readonly seed: number,
  ) {
    this.planner = new Planner(sounds.recordings, sounds.noise, recipe.draws);
    this.frontEnd = createFrontEnd(recipe.frontEnd);
  }

  make(index: number): TrainingItem {
    const { recipe, sounds } = this;
    const random = seededRandom(this.seed, index);
    const plan = this.planner.plan(random);
    const energies = this.filterbank.frames(renderItem(plan, sounds, recipe, random));
    degrade(energies, recipe.draws.microphone, random);
    const { features, frames, levels } = this.frontEnd.apply(energies, energies.length / MEL.bands);
    const networkFrames = Math.ceil(frames / recipe.network.firstStride);
    const source = plan.breath ? (sounds.recordings[plan.breath.recording] as RecordingSound) : undefined;
    const noise = plan.noise ? sounds.noise[plan.noise.clip] : undefined;
    const times = Array.from({ length: networkFrames }, (_, frame) => frameTime(frame, recipe));
    return {
      ...(source ? { recordingId: source.recordingId } : {}),
      ...(noise ? { noiseId: noise.noiseId } : {}),
      synthetic: noise?.synthetic !== undefined,
      ...{ frames, networkFrames, levels },
      features: Int16Array.from(features, (x) => Math.max(-LARGEST, Math.min(LARGEST, Math.round(x * FEATURE_UNITS)))),
      phases: phasesOf(plan, source?.events ?? [], times),
      seconds: plan.seconds,
      ...labelsOf(plan, recipe.labels),
    };
  }
}

/** Middle of a network frame, in seconds since the window's first sample. */
function frameTime(frame: number, { frontEnd, network }: Recipe): number {
  const step = (MEL.hopSamples * frontEnd.framesPerStep) / ANALYSIS_RATE_HZ;
  const firstMiddle = (MEL.hopSamples * (frontEnd.framesPerStep - 1) + MEL.frameSamples) / 2 / ANALYSIS_RATE_HZ;
  return frame * network.firstStride * step + firstMiddle;
}
