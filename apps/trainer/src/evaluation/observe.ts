import type { InferenceEngine, Prediction } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { type FrontEndConfig, type NetworkInput, createFrameExtractor, createFrontEnd, framesIn } from '#libs/features';
import { type BreathSegment, breathsWithin } from '../data/breath-data.js';
import type { FittedBaselines } from '../baselines/fitted.js';
import { type BaselineRates, createBaselines } from '../baselines/rates.js';
import { cut, stretchOf } from '../draws/mix.js';
import type { NoiseSound, RecordingSound, Sounds } from '../draws/sounds.js';
import {
  type ConditionObservations,
  CONDITION_NAMES,
  noConditionObservations,
  observeConditions,
} from './conditions.js';
import { SNR_LEVELS, type SnrLevel, noisyCopies } from './noisy-copies.js';
import { type WindowGrid, windowsWithin } from './windows.js';

const FREE_CLIP_SECONDS = 6;

export interface SegmentObservation {
  segmentId: string;
  recordingId: string;
  subjectId: string;
  /** The reference, per minute. */
  rrPerMinute: number;
  clean: Prediction;
  /** With noise, where there is a noise folder. */
  noisy?: Record<SnrLevel, Prediction>;
  /** With noise at an SNR from NOISE_JUDGED_DB. */
  judged?: Prediction;
  baselines: BaselineRates;
  /** Of the same noisy copies. */
  noisyBaselines?: Record<SnrLevel, BaselineRates>;
}

interface FreeObservation {
  noiseClass: string;
  prediction: Prediction;
}

/** A window as the estimator makes it. */
export interface WindowObservation {
  /** Seconds of the recording. */
  start: number;
  seconds: number;
  /** The reference, per minute: cycles by their covered share. */
  rrPerMinute: number;
  clean: Prediction;
  /** With noise, where there is a noise folder: one clip per recording and level, since noise goes on. */
  noisy?: Record<SnrLevel, Prediction>;
}

interface RecordingObservation {
  recordingId: string;
  subjectId: string;
  /** The annotated median, per minute. */
  rrPerMinute: number;
  windows: WindowObservation[];
}

/** Everything that a model said about some people and noise clips; several folds are pooled by joining the lists. */
export interface Observations {
  segments: SegmentObservation[];
  free: FreeObservation[];
  /** Of synthesised breath-free sound. */
  synthetic: FreeObservation[];
  recordings: RecordingObservation[];
  /** The clean segments as other devices would have recorded them. */
  conditions: ConditionObservations;
}

export const noObservations = (): Observations => ({
  segments: [],
  free: [],
  synthetic: [],
  recordings: [],
  conditions: noConditionObservations(),
});

/** Adds the second to the first. */
export function pool(all: Observations, more: Observations): void {
  all.segments.push(...more.segments);
  all.free.push(...more.free);
  all.synthetic.push(...more.synthetic);
  all.recordings.push(...more.recordings);
  for (const name of CONDITION_NAMES) all.conditions[name].push(...more.conditions[name]);
}

export interface ObserveOptions extends WindowGrid {
  seed: number;
  frontEnd: FrontEndConfig;
  /** Without them, the baselines that need no fitting are reported alone. */
  fittedBaselines?: FittedBaselines;
  /** Synthesised breath-free clips to try as well. */
  synthetic?: readonly NoiseSound[];
  onProgress?: (done: number, total: number) => void;
}

/** Runs a model over the segments, their copies in noise and in other conditions, breath-free clips, and whole recordings. */
export async function observe(
  engine: InferenceEngine,
  sounds: Sounds,
  segments: readonly BreathSegment[],
  options: ObserveOptions,
): Promise<Observations> {
  const predict = createPredictor(engine, options.frontEnd);
  return {
    segments: await observeSegments(predict, sounds, segments, options),
    free: await observeFree(predict, sounds.noise),
    synthetic: await observeFree(predict, options.synthetic ?? []),
    recordings: await Promise.all(
      sounds.recordings.map((recording) => observeRecording(predict, recording, sounds.noise, options)),
    ),
    conditions: await observeConditions(predict, sounds, segments),
  };
}

/** What a model says about stretches of sound, 16 kHz mono. */
export type Predictor = (sound: readonly Float32Array[]) => Promise<Prediction[]>;

export function createPredictor(engine: InferenceEngine, config: FrontEndConfig): Predictor {
  const frontEnd = createFrontEnd(config);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  const inputOf = (samples: Float32Array): NetworkInput =>
    frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor));
  return (sound) => engine.run(sound.map(inputOf));
}

/** Segments of other recordings than those in `sounds` are left out. */
export async function observeSegments(
  predict: Predictor,
  sounds: Sounds,
  segments: readonly BreathSegment[],
  { seed, fittedBaselines, onProgress }: Pick<ObserveOptions, 'seed' | 'fittedBaselines' | 'onProgress'>,
): Promise<SegmentObservation[]> {
  const baselinesOf = createBaselines(fittedBaselines);
  const byId = new Map(sounds.recordings.map((recording) => [recording.recordingId, recording]));
  const known = segments.filter(({ recordingId }) => byId.has(recordingId));
  const observed: SegmentObservation[] = [];
  for (const segment of known) {
    const recording = byId.get(segment.recordingId) as RecordingSound;
    const samples = cut(recording.samples, segment.start, segment.end);
    const copies = sounds.noise.length > 0 ? noisyCopies(samples, sounds.noise, seed, segment.segmentId) : [];
    const [clean, ...noisy] = (await predict([samples, ...copies])) as [Prediction, ...Prediction[]];
    const { segmentId, recordingId, subjectId, rrPerMinute } = segment;
    const byLevel = <T>(valueAt: (at: number) => T) =>
      Object.fromEntries(SNR_LEVELS.map((level, at) => [level, valueAt(at)])) as Record<SnrLevel, T>;
    observed.push({
      ...{ segmentId, recordingId, subjectId, rrPerMinute, clean },
      baselines: baselinesOf(samples),
      ...(copies.length > 0
        ? {
            noisy: byLevel((at) => noisy[at] as Prediction),
            judged: noisy.at(-1) as Prediction,
            noisyBaselines: byLevel((at) => baselinesOf(copies[at] as Float32Array)),
          }
        : {}),
    });
    onProgress?.(observed.length, known.length);
  }
  return observed;
}

/** Consecutive stretches of 6 s of every clip; a shorter clip goes round until it fills one. */
async function observeFree(predict: Predictor, noise: readonly NoiseSound[]): Promise<FreeObservation[]> {
  const length = FREE_CLIP_SECONDS * ANALYSIS_RATE_HZ;
  const clips = noise.flatMap(({ noiseClass, samples }) => {
    const count = Math.max(1, Math.floor(samples.length / length));
    return Array.from({ length: count }, (_, at) => ({
      noiseClass,
      sound: samples.length < length ? stretchOf(samples, length, 0) : samples.subarray(at * length, (at + 1) * length),
    }));
  });
  const predictions = await predict(clips.map(({ sound }) => sound));
  return clips.map(({ noiseClass }, at) => ({ noiseClass, prediction: predictions[at] as Prediction }));
}

/** The windows of the valid part. */
async function observeRecording(
  predict: Predictor,
  recording: RecordingSound,
  noise: readonly NoiseSound[],
  { seed, ...grid }: ObserveOptions,
): Promise<RecordingObservation> {
  const { recordingId, subjectId, medianRrPerMinute, samples, validStart, validEnd } = recording;
  const places = windowsWithin(validStart, validEnd, grid);
  const windowsOf = (sound: Float32Array) => predict(places.map(({ start, end }) => cut(sound, start, end)));
  const clean = await windowsOf(samples);
  const copies = noise.length > 0 ? noisyCopies(samples, noise, seed, recordingId).slice(0, SNR_LEVELS.length) : [];
  const noisy = await Promise.all(copies.map(windowsOf));
  const windows = places.map(({ start, end }, at): WindowObservation => {
    const levels = SNR_LEVELS.map((level, column) => [level, noisy[column]?.[at]]);
    return {
      ...{ start, seconds: end - start, clean: clean[at] as Prediction },
      rrPerMinute: (60 * breathsWithin(recording.cycles, start, end)) / (end - start),
      ...(copies.length > 0 ? { noisy: Object.fromEntries(levels) as Record<SnrLevel, Prediction> } : {}),
    };
  });
  return { recordingId, subjectId, rrPerMinute: medianRrPerMinute, windows };
}
