import { EupneaError } from '#libs/contracts';
import { type Backoff, Child, type ChildSpec } from './child.js';

/** Programs that start together, after those of the earlier stages are ready, and stop before them. */
export interface Stage {
  children: ChildSpec[];
  /** How long a stop waits for them before it uses force. */
  graceMs: number;
}

const SAY_WAITING_AFTER_MS = 10_000;

/**
 * Starts the stages in order, keeps their programs running and stops them in reverse order.
 * `failed` settles (rejects) only when an essential program cannot be kept running.
 */
export class Supervisor {
  private readonly stages: { children: Child[]; graceMs: number }[];
  private readonly abort = new AbortController();
  readonly failed: Promise<never>;

  constructor(
    stages: Stage[],
    logFolder: string,
    private readonly say: (line: string) => void,
    backoff?: Backoff,
  ) {
    let fail: (error: Error) => void;
    this.failed = new Promise((_, reject) => (fail = reject));
    this.failed.catch((error: Error) => this.abort.abort(error));
    const refused = (child: Child, why: string) =>
      fail(new EupneaError('PROGRAM_FAILED', `${child.spec.name} cannot run.\n${why}`));
    this.stages = stages.map(({ children, graceMs }) => ({
      children: children.map((spec) => new Child(spec, logFolder, { say, refused }, backoff)),
      graceMs,
    }));
  }

  get children(): Child[] {
    return this.stages.flatMap(({ children }) => children);
  }

  /** Programs that cannot run until a person has corrected something. */
  get refused(): string[] {
    return this.children.filter(({ isRefused }) => isRefused).map(({ spec }) => spec.name);
  }

  /**
   * Resolves when every program is ready, or cannot run and is none that the others need.
   * @throws EupneaError PROGRAM_FAILED, or the reason of a stop meanwhile
   */
  async start(): Promise<void> {
    for (const { children } of this.stages) {
      this.abort.signal.throwIfAborted();
      for (const child of children) child.start();
      await Promise.all(children.map((child) => this.ready(child)));
    }
  }

  private async ready(child: Child): Promise<void> {
    const startedAt = Date.now();
    let sayAt = startedAt + SAY_WAITING_AFTER_MS;
    const isReady = await child.whenReady(this.abort.signal, (detail) => {
      if (Date.now() < sayAt) return;
      sayAt = Date.now() + SAY_WAITING_AFTER_MS;
      this.say(`${child.spec.name}: not ready yet, it waits for ${detail}`);
    });
    if (isReady && child.spec.probe)
      this.say(`${child.spec.name} is ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }

  /** Stops everything, last stage first, within the sum of the stages' grace. */
  async stop(): Promise<void> {
    this.abort.abort(new Error('stopped'));
    for (const { children, graceMs } of [...this.stages].reverse()) {
      await Promise.all(children.map((child) => child.stop(graceMs)));
    }
  }

  /** Ends everything at once. */
  kill(): void {
    for (const child of this.children) child.kill();
  }
}
