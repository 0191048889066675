import { ANALYSIS_RATE_HZ } from '#libs/contracts';

/** Mean power of some samples. */
export function powerOf(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) ** 2;
  return sum / samples.length;
}

export const gainOf = (db: number): number => 10 ** (db / 20);

/** The samples from `start` to `end` seconds of a 16 kHz sound; a view, not a copy. */
export function cut(samples: Float32Array, start: number, end: number): Float32Array {
  return samples.subarray(Math.round(start * ANALYSIS_RATE_HZ), Math.round(end * ANALYSIS_RATE_HZ));
}

/** A stretch of a clip, going round when the clip is shorter. `offset` from 0 to 1 says where it begins. */
export function stretchOf(clip: Float32Array, samples: number, offset: number, reversed = false): Float32Array {
  const room = clip.length > samples ? clip.length - samples + 1 : clip.length;
  const start = Math.floor(offset * room);
  const stretch = new Float32Array(samples);
  for (let at = 0, from = start; at < samples; from = 0) {
    const piece = clip.subarray(from, Math.min(clip.length, from + samples - at));
    stretch.set(piece, at);
    at += piece.length;
  }
  return reversed ? stretch.reverse() : stretch;
}

/** Multiplies in place. */
export function amplify(samples: Float32Array, gain: number): Float32Array {
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) * gain;
  return samples;
}

/**
 * Adds noise scaled to the signal-to-noise ratio (METHOD: sqrt(Px / (Pn 10^(SNR/10)))); silent noise adds nothing.
 * @returns new samples
 */
export function mixAtSnr(signal: Float32Array, noise: Float32Array, snrDb: number): Float32Array {
  const noisePower = powerOf(noise);
  const scale = noisePower > 0 ? Math.sqrt(powerOf(signal) / (noisePower * 10 ** (snrDb / 10))) : 0;
  const mixed = new Float32Array(signal.length);
  for (let i = 0; i < mixed.length; i++) mixed[i] = (signal[i] as number) + scale * (noise[i] as number);
  return mixed;
}
