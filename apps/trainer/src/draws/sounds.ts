import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import type { BreathData, BreathRecording } from '../data/breath-data.js';
import type { NoiseClip } from '../data/noise-data.js';
import { readSharedSound } from '../data/sound.js';

export interface RecordingSound extends BreathRecording {
  /** 16 kHz mono, in shared memory. */
  samples: Float32Array;
  /** Start of the recording's quietest stretch, in seconds: where pauses are taken from. */
  quietStart: number;
}

export interface NoiseSound extends NoiseClip {
  /** 16 kHz mono, in shared memory. */
  samples: Float32Array;
}

/** All that batches are drawn from. Plain data, which worker threads share without copying. */
export interface Sounds {
  recordings: RecordingSound[];
  noise: NoiseSound[];
}

/**
 * Decodes every file once.
 * @throws EupneaError NOT_AUDIO
 */
export function readSounds(
  breath: BreathData,
  noise: readonly NoiseClip[],
  quietSeconds: number,
  onFile: () => void = () => {},
): Sounds {
  const read = (file: string): Float32Array => {
    const shared = readSharedSound(file);
    onFile();
    return shared;
  };
  return {
    recordings: [...breath.recordings.values()].map((recording) => {
      const samples = read(recording.audioFile);
      return { ...recording, samples, quietStart: quietestStart(samples, recording, quietSeconds) };
    }),
    noise: noise.map((clip) => ({ ...clip, samples: read(clip.audioFile) })),
  };
}

/** Start of the stretch of the valid part with the least energy, on a grid of 10 ms. */
function quietestStart(
  samples: Float32Array,
  { validStart, validEnd }: Pick<BreathRecording, 'validStart' | 'validEnd'>,
  seconds: number,
): number {
  const step = ANALYSIS_RATE_HZ / 100;
  const first = Math.ceil(validStart * 100);
  const last = Math.floor(Math.min(validEnd, samples.length / ANALYSIS_RATE_HZ) * 100);
  const energies = Array.from({ length: last - first }, (_, slot) => {
    let sum = 0;
    for (let i = (first + slot) * step; i < (first + slot + 1) * step; i++) sum += (samples[i] as number) ** 2;
    return sum;
  });
  const width = Math.round(seconds * 100);
  let best = 0;
  let least = Infinity;
  for (let slot = 0; slot + width <= energies.length; slot++) {
    let sum = 0;
    for (let i = slot; i < slot + width; i++) sum += energies[i] as number;
    if (sum > 0 && sum < least) [best, least] = [slot, sum]; // muted stretches hold no room tone
  }
  return (first + best) / 100;
}
