import { quantile } from '#libs/agreement';
import type { FramePhases } from '#libs/breath-model';
import { DEFAULT_FRONT_END, MEL } from '#libs/features';

/** How much breath is heard at a moment, from 0 to 1 each; what is left to 1 is nothing. */
export interface Moment {
  inhale: number;
  exhale: number;
  /** Breath whose phase is unknown. */
  breath: number;
}

/** What is heard over time. Moment i lasts from i to i + 1 steps after the start of the sound. */
export interface Density {
  /** The network's own probabilities, or, of a network that gives none, how loud the sound is. */
  source: 'phases' | 'envelope';
  stepSeconds: number;
  moments: Moment[];
}

/**
 * One density out of overlapping windows: each moment is the mean over the windows that hold it, weighted by how far
 * the moment is from the window's nearer edge, since a network knows least at edges.
 * @param windows in steps of one length; their frames lie evenly over them
 */
export function densityOfPhases(
  windows: readonly { start: number; seconds: number; phases: FramePhases }[],
  seconds: number,
): Density {
  const [first] = windows;
  if (!first) throw new RangeError('no windows give no density');
  const stepSeconds = first.seconds / first.phases.frames;
  const sums = Array.from({ length: Math.ceil(seconds / stepSeconds) }, () => ({ inhale: 0, exhale: 0, breath: 0, weight: 0 })); // prettier-ignore
  for (const { start, phases } of windows) {
    const offset = Math.round(start / stepSeconds);
    for (let frame = 0; frame < phases.frames; frame++) {
      const sum = sums[offset + frame];
      if (!sum) break;
      const weight = Math.min(frame + 0.5, phases.frames - frame - 0.5);
      const [, inhale, exhale, breath] = phases.probabilities.subarray(4 * frame, 4 * frame + 4);
      sum.inhale += weight * (inhale as number);
      sum.exhale += weight * (exhale as number);
      sum.breath += weight * (breath as number);
      sum.weight += weight;
    }
  }
  const moments = sums.map(({ inhale, exhale, breath, weight }) =>
    weight > 0
      ? { inhale: inhale / weight, exhale: exhale / weight, breath: breath / weight }
      : { inhale: 0, exhale: 0, breath: 0 },
  );
  return { source: 'phases', stepSeconds, moments };
}

/** Sound under this is hum and handling rather than breath. */
const LOWEST_ENVELOPE_BAND = 6; // about 300 Hz
const FRAMES_PER_STEP = 4;
/** A sound whose level moves by less than this (1 is 4.3 dB) has no bursts. */
const LEAST_RANGE = 1;

/**
 * How loud the sound is above 300 Hz, between its quiet (10 %) and its loud (95 %) moments, as breath of unknown phase.
 * @param melEnergies [frames, 40] every 10 ms
 */
export function densityOfEnvelope(melEnergies: Float32Array): Density {
  const { sampleScale, logOffset } = DEFAULT_FRONT_END;
  const steps = Math.floor(melEnergies.length / MEL.bands / FRAMES_PER_STEP);
  const levels = Array.from({ length: steps }, (_, step) => {
    let sum = 0;
    for (let frame = step * FRAMES_PER_STEP; frame < (step + 1) * FRAMES_PER_STEP; frame++) {
      for (let band = LOWEST_ENVELOPE_BAND; band < MEL.bands; band++) {
        sum += Math.log(sampleScale ** 2 * (melEnergies[frame * MEL.bands + band] as number) + logOffset);
      }
    }
    return sum / FRAMES_PER_STEP / (MEL.bands - LOWEST_ENVELOPE_BAND);
  });
  const [quiet, loud] = [quantile(levels, 0.1), quantile(levels, 0.95)];
  const share = (level: number) => (loud - quiet < LEAST_RANGE ? 0 : Math.min(1, Math.max(0, (level - quiet) / (loud - quiet)))); // prettier-ignore
  return {
    source: 'envelope',
    stepSeconds: (FRAMES_PER_STEP * MEL.hopSamples) / MEL.sampleRateHz,
    moments: levels.map((level) => ({ inhale: 0, exhale: 0, breath: share(level) })),
  };
}
