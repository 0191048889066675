import type { InferenceEngine, Prediction } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import {
  type FrontEndConfig,
  MelFilterbank,
  type NetworkInput,
  createFrameExtractor,
  createFrontEnd,
  framesIn,
} from '#libs/features';
import { type BreathSegment, breathsWithin } from '../data/breath-data.js';
import { mixAtSnr, stretchOf } from '../draws/mix.js';
import { type Random, pick, seededRandom, uniform } from '../draws/random.js';
import type { NoiseSound, RecordingSound, Sounds } from '../draws/sounds.js';
import { type BaselineRates, baselineRates } from './baselines.js';

/** The SNR columns of `evaluate --json`, in dB. */
export const SNR_LEVELS = [20, 10, 5, 0] as const;
export type SnrLevel = (typeof SNR_LEVELS)[number];

/** Noise is judged once without and once with noise at an SNR from this range. */
const NOISE_JUDGED_DB = [10, 30] as const;
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
}

export const noObservations = (): Observations => ({ segments: [], free: [], synthetic: [], recordings: [] });

/** Adds the second to the first. */
export function pool(all: Observations, more: Observations): void {
  all.segments.push(...more.segments);
  all.free.push(...more.free);
  all.synthetic.push(...more.synthetic);
  all.recordings.push(...more.recordings);
}

export interface ObserveOptions {
  seed: number;
  frontEnd: FrontEndConfig;
  windowSeconds: number;
  hopSeconds: number;
  /** Synthesised breath-free clips to try as well. */
  synthetic?: readonly NoiseSound[];
  onProgress?: (done: number, total: number) => void;
}

/** Runs a model over the segments, their noisy copies, the breath-free clips and the windows of whole recordings. */
export async function observe(
  engine: InferenceEngine,
  sounds: Sounds,
  segments: readonly BreathSegment[],
  options: ObserveOptions,
): Promise<Observations> {
  const filterbank = new MelFilterbank();
  const frontEnd = createFrontEnd(options.frontEnd);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  const inputOf = (samples: Float32Array): NetworkInput =>
    frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor));
  const predict = (sound: Float32Array[]): Promise<Prediction[]> => engine.run(sound.map(inputOf));
  const byId = new Map(sounds.recordings.map((recording) => [recording.recordingId, recording]));
  const known = segments.filter(({ recordingId }) => byId.has(recordingId));

  const observed: SegmentObservation[] = [];
  for (const segment of known) {
    const recording = byId.get(segment.recordingId) as RecordingSound;
    const samples = cut(recording.samples, segment.start, segment.end);
    const copies = sounds.noise.length > 0 ? noisyCopies(samples, sounds.noise, options.seed, segment.segmentId) : [];
    const [clean, ...noisy] = (await predict([samples, ...copies])) as [Prediction, ...Prediction[]];
    const { segmentId, recordingId, subjectId, rrPerMinute } = segment;
    const levels = SNR_LEVELS.map((level, at) => [level, noisy[at]]);
    observed.push({
      ...{ segmentId, recordingId, subjectId, rrPerMinute, clean },
      ...(copies.length > 0 ? { noisy: Object.fromEntries(levels), judged: noisy.at(-1) as Prediction } : {}),
      baselines: baselineRates(filterbank.frames(samples)),
    });
    options.onProgress?.(observed.length, known.length);
  }
  return {
    segments: observed,
    free: await observeFree(predict, sounds.noise),
    synthetic: await observeFree(predict, options.synthetic ?? []),
    recordings: await Promise.all(
      sounds.recordings.map((recording) => observeRecording(predict, recording, sounds.noise, options)),
    ),
  };
}

function cut(samples: Float32Array, start: number, end: number): Float32Array {
  return samples.subarray(Math.round(start * ANALYSIS_RATE_HZ), Math.round(end * ANALYSIS_RATE_HZ));
}

/** One copy per SNR level, then one for the noise judgement. Depends on the segment's name and the seed alone. */
function noisyCopies(samples: Float32Array, noise: readonly NoiseSound[], seed: number, segmentId: string) {
  const random = seededRandom(seed, ...Buffer.from(segmentId));
  const mix = (snrDb: number) => mixAtSnr(samples, audibleStretch(noise, samples.length, random), snrDb);
  return [...SNR_LEVELS.map(mix), mix(uniform(random, ...NOISE_JUDGED_DB))];
}

/** A stretch of any clip; clips with long silences are tried again, since no gain makes silence noisy. */
function audibleStretch(noise: readonly NoiseSound[], samples: number, random: Random): Float32Array {
  for (let attempt = 0; ; attempt++) {
    const stretch = stretchOf(pick(random, noise).samples, samples, random());
    if (attempt === 20 || stretch.some((sample) => sample !== 0)) return stretch;
  }
}

/** Consecutive stretches of 6 s of every clip; a shorter clip goes round until it fills one. */
async function observeFree(
  predict: (sound: Float32Array[]) => Promise<Prediction[]>,
  noise: readonly NoiseSound[],
): Promise<FreeObservation[]> {
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

const SHORTEST_WINDOW_SECONDS = 4;

/** The windows that the estimator makes of the valid part, with a last one of 4 s or more. */
async function observeRecording(
  predict: (sound: Float32Array[]) => Promise<Prediction[]>,
  recording: RecordingSound,
  noise: readonly NoiseSound[],
  { windowSeconds, hopSeconds, seed }: ObserveOptions,
): Promise<RecordingObservation> {
  const { recordingId, subjectId, medianRrPerMinute, samples, validStart, validEnd } = recording;
  const places: { start: number; end: number }[] = [];
  for (let start = validStart; start + SHORTEST_WINDOW_SECONDS <= validEnd; start += hopSeconds) {
    const end = Math.min(start + windowSeconds, validEnd);
    places.push({ start, end });
    if (end === validEnd) break;
  }
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
