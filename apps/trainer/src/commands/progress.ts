import { SingleBar } from 'cli-progress';

export interface Progress {
  update: (done: number, note?: string) => void;
  stop: () => void;
}

/** A bar in a terminal, a line every tenth elsewhere; on stderr, so that stdout holds results alone. */
export function progressOf(what: string, total: number): Progress {
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

/** Work whose amount is known with its first step alone; the bar goes when the work ends or fails. */
export async function withProgress<Result>(
  what: string,
  work: (update: (done: number, total: number, note?: string) => void) => Result | Promise<Result>,
): Promise<Result> {
  let bar: Progress | undefined;
  try {
    return await work((done, total, note) => (bar ??= progressOf(what, total)).update(done, note));
  } finally {
    bar?.stop();
  }
}
