/** Frames on either side that the slope is fitted to. */
const REACH = 2;
/** 2 (1^2 + 2^2). */
const SUM_OF_SQUARES = 10;

/**
 * The slope of each feature over time, by regression over two frames on either side (HTK and Kaldi): d_t = sum of
 * n (x_(t+n) - x_(t-n)) / 10 for n = 1, 2. Beyond the window's ends its first and its last frame are repeated, so a window's
 * slopes depend on its own frames alone.
 * @param rows [frames, width] row by row
 * @returns the same shape
 */
export function deltas(rows: Float32Array, frames: number, width: number): Float32Array {
  const slopes = new Float32Array(rows.length);
  for (let frame = 0, to = 0; frame < frames; frame++) {
    const at = (neighbour: number) => Math.min(Math.max(neighbour, 0), frames - 1) * width;
    const [back2, back1, next1, next2] = [at(frame - REACH), at(frame - 1), at(frame + 1), at(frame + REACH)];
    for (let feature = 0; feature < width; feature++, to++) {
      const near = (rows[next1 + feature] as number) - (rows[back1 + feature] as number);
      const far = (rows[next2 + feature] as number) - (rows[back2 + feature] as number);
      slopes[to] = (near + REACH * far) / SUM_OF_SQUARES;
    }
  }
  return slopes;
}
