import { SingleBar } from 'cli-progress';

/** A bar in a terminal, a line every tenth elsewhere; on stderr, so that stdout holds results alone. */
export function progressOf(
  what: string,
  total: number,
): { update: (done: number, note?: string) => void; stop: () => void } {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({
      format: `${what} [{bar}] {value}/{total} {note} {eta_formatted} left`,
      stream: process.stderr,
    });
    bar.start(total, 0, { note: '' });
    return { update: (done, note = '') => bar.update(done, { note }), stop: () => bar.stop() };
  }
  let tenths = 0;
  const update = (done: number, note = ''): void => {
    if (Math.floor((10 * done) / total) <= tenths) return;
    tenths = Math.floor((10 * done) / total);
    console.error(`${what}: ${done}/${total} ${note}`.trimEnd());
  };
  return { update, stop: () => {} };
}
