/**
 * `NAME:COUNT` in EUPNEA_FAULT: this process ends itself at the named point, when it comes there for the COUNT-th time.
 * `NAME:COUNT:SIGSTOP` lets it stand still there instead.
 */
const [armed, count, signal = 'SIGKILL'] = (process.env['EUPNEA_FAULT'] ?? '').split(':');
let left = Number(count ?? 1);

/**
 * A place between two effects where a crash would hurt most. Crash tests let the process end there by SIGKILL, which
 * nothing can catch or tidy up after; otherwise it does nothing.
 * @param halfway what has happened by then, e.g. the first half of a write
 */
export function faultPoint(name: string, halfway?: () => unknown): void {
  if (name !== armed || --left !== 0) return;
  halfway?.();
  process.kill(process.pid, signal);
}
