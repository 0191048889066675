/** The course of the last minutes as an SVG line: a gap wherever no window was accepted. */

export const COURSE_MS = 10 * 60_000;
const GAP_MS = 10_000;
const HIGHEST_RATE = 45;
const WIDTH = 600;
const HEIGHT = 100;

const SVG = 'http://www.w3.org/2000/svg';

/** Path data of the accepted windows between `nowMs - COURSE_MS` and `nowMs`. */
export function coursePath(estimates, nowMs) {
  let path = '';
  let previousMs = -Infinity;
  for (const { windowStartMs, rrPerMinute, quality } of estimates) {
    if (quality !== 'ok') {
      previousMs = -Infinity;
      continue;
    }
    const x = (WIDTH * (windowStartMs - nowMs + COURSE_MS)) / COURSE_MS;
    const y = HEIGHT * (1 - Math.min(rrPerMinute, HIGHEST_RATE) / HIGHEST_RATE);
    const joins = windowStartMs - previousMs <= GAP_MS;
    // A lone window is a dot: a line of no length with round ends.
    path += joins ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
    previousMs = windowStartMs;
  }
  return path;
}

export function createCourse() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'course');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  for (const rate of [10, 20, 30, 40]) {
    const line = document.createElementNS(SVG, 'line');
    const y = String(HEIGHT * (1 - rate / HIGHEST_RATE));
    for (const [name, value] of [
      ['x1', '0'],
      ['x2', String(WIDTH)],
      ['y1', y],
      ['y2', y],
    ])
      line.setAttribute(name, value);
    svg.append(line);
  }
  svg.append(document.createElementNS(SVG, 'path'));
  return svg;
}
