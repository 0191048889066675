/** npm passes a signal on that the terminal has already delivered: what follows this soon is the same Ctrl-C. */
const SAME_PRESS_MS = 700;
const PARENT_EVERY_MS = 1_000;

/**
 * Calls `first` on the first Ctrl-C (or SIGTERM, or the terminal's end), `again` on another one.
 * Under npm it also stops when npm is gone, which happens without a signal when npm is killed.
 */
export function onStopSignals(first: (why: string) => void, again: () => void): void {
  let firstAt: number | undefined;
  const stop = (why: string) => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      first(why);
    } else if (Date.now() - firstAt > SAME_PRESS_MS) again();
  };
  process.on('SIGINT', () => stop('Ctrl-C'));
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGHUP', () => stop('the terminal closed'));
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop('npm is gone');
  }, PARENT_EVERY_MS);
  watch.unref();
}
