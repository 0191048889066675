/** Length of the windows that a recording is cut into, and from one's start to the next one's, in seconds. */
export interface WindowGrid {
  windowSeconds: number;
  hopSeconds: number;
}

const SHORTEST_WINDOW_SECONDS = 4;

/** The windows that the estimator makes of a stretch, with a last one of 4 s or more; all in seconds. */
export function windowsWithin(
  stretchStart: number,
  stretchEnd: number,
  { windowSeconds, hopSeconds }: WindowGrid,
): { start: number; end: number }[] {
  const windows: { start: number; end: number }[] = [];
  for (let start = stretchStart; start + SHORTEST_WINDOW_SECONDS <= stretchEnd; start += hopSeconds) {
    const end = Math.min(start + windowSeconds, stretchEnd);
    windows.push({ start, end });
    if (end === stretchEnd) break;
  }
  return windows;
}
