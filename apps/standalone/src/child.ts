import { type ChildProcess, spawn } from 'node:child_process';
import { EXIT_CONFIGURATION } from '#libs/platform';
import { ChildOutput } from './child-output.js';

/** kafkajs asks for timers in the past, which Node from 21 on mentions each time. */
const NODE_OPTIONS = ['--disable-warning=TimeoutNegativeWarning'];

/** One program of the local run. */
export interface ChildSpec {
  name: string;
  /** Path of the compiled program. */
  program: string;
  args: string[];
  environment: Record<string, string>;
  /** Without it no other program can work: when it cannot run, the run ends. */
  essential: boolean;
  /** Resolves to undefined when the program can do its work, else to what it waits for. */
  probe?: () => Promise<string | undefined>;
}

export interface ChildEvents {
  /** A line for the person at the terminal. */
  say(line: string): void;
  /** An essential program cannot run: it said so itself, or it died again and again without ever becoming ready. */
  refused(child: Child, why: string): void;
}

export interface Backoff {
  firstMs: number;
  longestMs: number;
  /** A child that lived this long starts from the first delay again. */
  forgetAfterMs: number;
  /** So many deaths before the first readiness end the run. */
  attemptsToBoot: number;
}
const BACKOFF: Backoff = { firstMs: 500, longestMs: 10_000, forgetAfterMs: 30_000, attemptsToBoot: 5 };

const PROBE_EVERY_MS = 200;

/**
 * Keeps one program running: starts it, shows its last lines when it dies and starts it again with back-off.
 * The program runs in a process group of its own, so that Ctrl-C reaches the supervisor alone, which decides the order
 * of stopping; an IPC channel tells it when the supervisor dies (`followSupervisor` in #libs/platform).
 */
export class Child {
  private process: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private exited: Promise<void> = Promise.resolve();
  private deaths = 0;
  private wasReady = false;
  /** Why it cannot run until a person has corrected something. */
  private refusal: string | undefined;
  private stopping = false;
  private readonly output: ChildOutput;

  constructor(
    readonly spec: ChildSpec,
    logFolder: string,
    private readonly events: ChildEvents,
    private readonly backoff: Backoff = BACKOFF,
  ) {
    this.output = new ChildOutput(spec.name, logFolder, (line) => {
      if (!this.stopping) events.say(line);
    });
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get isRefused(): boolean {
    return this.refusal !== undefined;
  }

  start(): void {
    const startedAt = Date.now();
    const child = spawn(process.execPath, [...NODE_OPTIONS, this.spec.program, ...this.spec.args], {
      env: { ...process.env, ...this.spec.environment, EUPNEA_SUPERVISED: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.process = child;
    this.output.follow(child);
    this.exited = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        this.process = undefined;
        resolve();
        if (!this.stopping) this.died(status, signal, Date.now() - startedAt);
      });
    });
    child.once('error', (error) => this.events.say(`${this.spec.name}: ${error.message}`));
  }

  private died(status: number | null, signal: NodeJS.Signals | null, livedMs: number): void {
    const { name } = this.spec;
    if (status === EXIT_CONFIGURATION) {
      return this.refuse(this.output.lastFault() ?? `${name} refused to start and did not say why`);
    }
    if (livedMs >= this.backoff.forgetAfterMs) this.deaths = 0;
    this.deaths += 1;
    const how = signal ? `was ended by ${signal}` : `ended with exit status ${status}`;
    const lastLines = this.output.tail().map((line) => `    ${line}`);
    if (!this.wasReady && this.deaths >= this.backoff.attemptsToBoot) {
      return this.refuse([`${name} ${how}, ${this.deaths} times without becoming ready:`, ...lastLines].join('\n'));
    }
    const delayMs = Math.min(this.backoff.firstMs * 2 ** (this.deaths - 1), this.backoff.longestMs);
    this.events.say(
      [`${name} ${how}; it starts again in ${delayMs / 1000} s. Its last lines:`, ...lastLines].join('\n'),
    );
    this.restart = setTimeout(() => this.start(), delayMs);
  }

  /** What a person must correct ends the run where nothing works without it; else the rest goes on meanwhile. */
  private refuse(why: string): void {
    const { name, essential } = this.spec;
    if (essential) return this.events.refused(this, why);
    const { longestMs } = this.backoff;
    if (why !== this.refusal) {
      this.events.say(
        `${name} cannot run; the rest goes on, and it is tried again every ${longestMs / 1000} s.\n${why}`,
      );
    }
    this.refusal = why;
    this.restart = setTimeout(() => {
      this.start();
      void this.recover();
    }, longestMs);
  }

  /** Says so when a program that refused to run is ready after all. */
  private async recover(): Promise<void> {
    const attempt = this.process;
    const isOurs = () => this.process === attempt && !this.stopping;
    while (this.spec.probe && isOurs()) {
      if ((await this.spec.probe()) === undefined && isOurs()) {
        this.refusal = undefined;
        this.wasReady = true;
        return this.events.say(`${this.spec.name} is ready now`);
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  }

  /**
   * Waits until the probe is content; `waiting` hears what it waits for at every try.
   * @returns false when the program cannot run until a person has corrected something
   */
  async whenReady(signal: AbortSignal, waiting: (detail: string) => void = () => undefined): Promise<boolean> {
    while (this.spec.probe) {
      signal.throwIfAborted();
      if (this.isRefused) return false;
      const detail = this.process ? await this.spec.probe() : 'its next start';
      if (detail === undefined) break;
      waiting(detail);
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
    signal.throwIfAborted();
    this.wasReady = true;
    return true;
  }

  /** Asks the program to stop, and ends it by force when it has not done so after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    this.process?.kill('SIGTERM');
    const force = setTimeout(() => this.kill(), graceMs);
    await this.exited;
    clearTimeout(force);
    this.output.close();
  }

  /** Ends the program at once. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.restart);
    this.process?.kill('SIGKILL');
  }
}
