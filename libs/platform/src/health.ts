/** What a check found; `detail` says in a few words what is waited for or broken. */
export interface CheckResult {
  ok: boolean;
  detail?: string;
}
export type Check = () => CheckResult;

/**
 * Live: the process works and need not be restarted. Ready: it can do its work now.
 * Parts of a service register what they know; both endpoints answer 200 or 503 with every check in the body.
 */
export class Health {
  private readonly live = new Map<string, Check>();
  private readonly ready = new Map<string, Check>();

  addLive(name: string, check: Check): void {
    this.live.set(name, check);
  }
  addReady(name: string, check: Check): void {
    this.ready.set(name, check);
  }

  report(kind: 'live' | 'ready'): { ok: boolean; checks: Record<string, CheckResult> } {
    const checks = Object.fromEntries([...this[kind]].map(([name, check]) => [name, check()]));
    return { ok: Object.values(checks).every(({ ok }) => ok), checks };
  }
}
