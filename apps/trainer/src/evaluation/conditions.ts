import { Resampler } from '#libs/audio';
import type { Prediction } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import type { BreathSegment } from '../data/breath-data.js';
import { cut, gainOf } from '../draws/mix.js';
import type { Sounds } from '../draws/sounds.js';
import type { Predictor } from './observe.js';
import { suppressNoise } from './suppress-noise.js';

/** What other devices make of the same breath; each turns a segment into what they would have recorded. */
const CONDITIONS = {
  /** Further away, or a less sensitive microphone. */
  quiet20dB: (samples) => samples.map((sample) => gainOf(-20) * sample),
  quiet40dB: (samples) => samples.map((sample) => gainOf(-40) * sample),
  /** A telephone's sample rate: nothing above 4 kHz. */
  rate8kHz: through8kHz,
  noiseSuppressed: suppressNoise,
} satisfies Record<string, (samples: Float32Array) => Float32Array>;

export type Condition = keyof typeof CONDITIONS;
export const CONDITION_NAMES = Object.keys(CONDITIONS) as Condition[];

export type ConditionObservations = Record<Condition, ConditionObservation[]>;

interface ConditionObservation {
  /** The reference, per minute. */
  rrPerMinute: number;
  prediction: Prediction;
}

export const noConditionObservations = (): ConditionObservations =>
  Object.fromEntries(CONDITION_NAMES.map((name) => [name, []])) as unknown as ConditionObservations;

export const mapConditions = (
  observed: ConditionObservations,
  change: (prediction: Prediction) => Prediction,
): ConditionObservations =>
  Object.fromEntries(
    CONDITION_NAMES.map((name) => [
      name,
      observed[name].map((segment) => ({ ...segment, prediction: change(segment.prediction) })),
    ]),
  ) as unknown as ConditionObservations;

/** Runs a model over every segment as each condition makes it. Segments of other recordings are left out. */
export async function observeConditions(
  predict: Predictor,
  sounds: Sounds,
  segments: readonly BreathSegment[],
): Promise<ConditionObservations> {
  const byId = new Map(sounds.recordings.map(({ recordingId, samples }) => [recordingId, samples]));
  const observed = noConditionObservations();
  for (const { recordingId, start, end, rrPerMinute } of segments) {
    const recording = byId.get(recordingId);
    if (recording === undefined) continue;
    const samples = cut(recording, start, end);
    const predictions = await predict(CONDITION_NAMES.map((name) => CONDITIONS[name](samples)));
    CONDITION_NAMES.forEach((name, at) =>
      observed[name].push({ rrPerMinute, prediction: predictions[at] as Prediction }),
    );
  }
  return observed;
}

/** Down to 8 kHz and up again, by the resampler that the services use: read as 32 kHz, a sound comes out halved. */
function through8kHz(samples: Float32Array): Float32Array {
  const halved = resample(samples, 2 * ANALYSIS_RATE_HZ);
  return resample(halved, ANALYSIS_RATE_HZ / 2).subarray(0, samples.length);
}

function resample(samples: Float32Array, inputRateHz: number): Float32Array {
  const resampler = new Resampler(inputRateHz);
  resampler.start(0);
  return Float32Array.from([...resampler.push(samples), ...resampler.end()]);
}
