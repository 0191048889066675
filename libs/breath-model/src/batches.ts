import type { NetworkInput } from '#libs/features';

/** Larger batches gain nothing more per window and hold the process longer. */
const LARGEST_BATCH = 64;

/** Windows of one length, so that nothing is padded, with their places in the caller's list. */
export interface Batch {
  frames: number;
  places: number[];
  /** [places.length, frames, bands] row by row. */
  features: Float32Array;
  /** [places.length, levels] row by row. */
  levels: Float32Array;
}

/** Groups windows by length into batches of at most 64. */
export function batchesOf(windows: readonly NetworkInput[]): Batch[] {
  const byFrames = new Map<number, number[]>();
  windows.forEach(({ frames }, place) => {
    const places = byFrames.get(frames);
    if (places) places.push(place);
    else byFrames.set(frames, [place]);
  });
  return [...byFrames].flatMap(([frames, places]) => {
    const batches: Batch[] = [];
    for (let from = 0; from < places.length; from += LARGEST_BATCH) {
      const part = places.slice(from, from + LARGEST_BATCH);
      const inputs = part.map((place) => windows[place] as NetworkInput);
      batches.push({
        frames,
        places: part,
        features: joined(inputs.map(({ features }) => features)),
        levels: joined(inputs.map(({ levels }) => levels)),
      });
    }
    return batches;
  });
}

function joined(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
