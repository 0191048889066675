import type { RestState } from '#libs/contracts';

/** The one state that all of them have; unknown where they differ. `undefined` is nothing so far. */
export function mixed(so: RestState | undefined, next: RestState): RestState {
  return so === undefined || so === next ? next : 'unknown';
}
