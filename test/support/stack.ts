import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { freePort } from './free-port.js';

// This file runs from its source in tests and from dist/ in benchmarks.
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/dist\/$/, '');

export type ServiceName =
  'local-kafka' | 'local-clickhouse' | 'gateway' | 'estimator' | 'alerter' | 'notifier' | 'recorder' | 'api';
/** A further process of a service: `estimator-2`. */
export type ProcessName = ServiceName | `${ServiceName}-${2 | 3}`;

const SERVICES: readonly ServiceName[] = [
  'local-kafka',
  'local-clickhouse',
  'gateway',
  'estimator',
  'alerter',
  'notifier',
  'recorder',
  'api',
];

const PROGRAMS: Record<ServiceName, string> = {
  'local-kafka': 'dist/libs/local-kafka/src/main.js',
  'local-clickhouse': 'dist/libs/local-clickhouse/src/main.js',
  gateway: 'dist/apps/gateway/src/main.js',
  estimator: 'dist/apps/estimator/src/main.js',
  alerter: 'dist/apps/alerter/src/main.js',
  notifier: 'dist/apps/notifier/src/main.js',
  recorder: 'dist/apps/recorder/src/main.js',
  api: 'dist/apps/api/src/main.js',
};

const KEPT_LOG_LINES = 400;
export const TOKEN_SECRET = 'the secret of tests, which is no secret at all';
/** A process that stands still answers nothing, and its socket stays open. */
const ANSWER_PATIENCE_MS = 10_000;

/**
 * The real programs, each a process of its own, on free ports over a data folder of its own. Tests start, kill and
 * restart them by name; a restarted one gets the same port and data.
 */
export class Stack {
  private readonly children = new Map<ProcessName, ChildProcess>();
  private readonly lines = new Map<ProcessName, string[]>();
  private readonly ports = new Map<ProcessName, number>();
  private readonly programs = new Map<ServiceName, string>();

  private constructor(
    readonly home: string,
    private readonly settings: Record<string, string>,
    private readonly folders: Partial<Record<ServiceName, string>>,
  ) {}

  /** Starts the two servers and the named services, and resolves when all of them are ready. */
  static async start(
    services: ServiceName[],
    settings: Record<string, string> = {},
    folders: Partial<Record<ServiceName, string>> = {},
  ): Promise<Stack> {
    const stack = new Stack(mkdtempSync(join(tmpdir(), 'eupnea-stack-')), { ...settings }, folders);
    for (const name of SERVICES) {
      for (const process of [name, `${name}-2`, `${name}-3`] as const) stack.ports.set(process, await freePort());
    }
    try {
      if (settings['KAFKA_BROKERS'] === undefined) await stack.run('local-kafka');
      if (settings['CLICKHOUSE_URL'] === undefined) await stack.run('local-clickhouse');
      for (const name of services) await stack.run(name);
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  get kafkaBrokers(): string {
    return this.settings['KAFKA_BROKERS'] ?? `127.0.0.1:${this.port('local-kafka')}`;
  }

  get clickhouseUrl(): string {
    return this.settings['CLICKHOUSE_URL'] ?? `http://127.0.0.1:${this.port('local-clickhouse')}`;
  }

  /** Lets a service run as another program from now on; the path is that of the compiled file in the repository. */
  replace(name: ServiceName, program: string): void {
    this.programs.set(name, program);
  }

  /** Sets an environment variable of everything that is started from now on. */
  set(variable: string, value: string): void {
    this.settings[variable] = value;
  }

  port(name: ProcessName): number {
    return this.ports.get(name) as number;
  }

  url(name: ProcessName): string {
    return `http://127.0.0.1:${this.port(name)}`;
  }

  /** The environment in which this stack's services and commands run. */
  environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      EUPNEA_HOME: this.home,
      KAFKA_BROKERS: this.kafkaBrokers,
      CLICKHOUSE_URL: this.clickhouseUrl,
      GATEWAY_PORT: String(this.port('gateway')),
      GATEWAY_URL: this.url('gateway'),
      GATEWAY_TOKEN_SECRET: TOKEN_SECRET,
      ESTIMATOR_PORT: String(this.port('estimator')),
      ALERTER_PORT: String(this.port('alerter')),
      RECORDER_PORT: String(this.port('recorder')),
      API_PORT: String(this.port('api')),
      ...this.settings,
    };
  }

  /** Starts one program (again) and resolves when it is ready. */
  async run(name: ProcessName, settings: Record<string, string> = {}): Promise<void> {
    this.launch(name, settings);
    await this.ready(name);
  }

  launch(name: ProcessName, settings: Record<string, string> = {}): void {
    const service = serviceOf(name);
    const port = String(this.port(name));
    const serverArguments = service.startsWith('local-')
      ? ['--port', port, '--data', this.folders[service] ?? join(this.home, service)]
      : [];
    const program = join(root, this.programs.get(service) ?? PROGRAMS[service]);
    const child = spawn(process.execPath, [program, ...serverArguments], {
      cwd: root,
      env: { ...this.environment(), [`${service.toUpperCase()}_PORT`]: port, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.set(name, child);
    const lines = this.lines.get(name) ?? [];
    this.lines.set(name, lines);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        lines.push(...text.split('\n').filter((line) => line !== ''));
        lines.splice(0, Math.max(0, lines.length - KEPT_LOG_LINES));
      });
    }
  }

  async ready(name: ProcessName, timeoutMs = 300_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const child = this.children.get(name);
      if (child !== undefined && hasEnded(child)) break;
      if (await this.answers(name)) return;
      await sleep(50);
    }
    throw new Error(`${name} did not become ready; it last said:\n${this.log(name).slice(-30).join('\n')}`);
  }

  private async answers(name: ProcessName): Promise<boolean> {
    if (name === 'local-kafka') return connects(this.port(name));
    const path = name === 'local-clickhouse' ? '/ping' : '/health/ready';
    return fetch(this.url(name) + path, { signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) }).then(
      (response) => response.ok,
      () => false,
    );
  }

  pid(name: ProcessName): number | undefined {
    return this.children.get(name)?.pid;
  }

  log(name: ProcessName): string[] {
    return this.lines.get(name) ?? [];
  }

  /** Sends a signal and resolves with the milliseconds until the process was gone. */
  async kill(name: ProcessName, signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
    const child = this.children.get(name);
    if (child === undefined || hasEnded(child)) return 0;
    const startedAt = Date.now();
    const gone = this.ended(name);
    child.kill(signal);
    await gone;
    return Date.now() - startedAt;
  }

  isRunning(name: ProcessName): boolean {
    const child = this.children.get(name);
    return child !== undefined && !hasEnded(child);
  }

  /** Resolves when the process that was started last under this name is gone, with how it went. */
  async ended(name: ProcessName): Promise<{ status: number | null; signal: NodeJS.Signals | null }> {
    const child = this.children.get(name);
    if (child === undefined) return { status: 0, signal: null };
    if (!hasEnded(child)) await new Promise((resolve) => child.once('exit', resolve));
    return { status: child.exitCode, signal: child.signalCode };
  }

  /** Most memory that the running process has held so far, in MiB; undefined where the system does not tell. */
  peakRssMebibytes(name: ProcessName): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.pid(name)}/status`, 'utf8');
      const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return kibibytes === undefined ? undefined : Math.round(Number(kibibytes) / 1024);
    } catch {
      return undefined;
    }
  }

  /** The sum of a metric over its labels; undefined where the service does not answer or does not have it. */
  async metric(name: ProcessName, metric: string): Promise<number | undefined> {
    const text = await fetch(`${this.url(name)}/metrics`, { signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) }).then(
      (response) => response.text(),
      () => '',
    );
    const values = text.split('\n').filter((line) => line.startsWith(`${metric}{`));
    return values.length === 0 ? undefined : values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  clickhouse(): ClickHouseClient {
    return createClient({ url: this.clickhouseUrl, database: 'eupnea' });
  }

  async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const client = this.clickhouse();
    try {
      const result = await client.query({ query, query_params: parameters, format: 'JSONEachRow' });
      return await result.json<Row>();
    } finally {
      await client.close();
    }
  }

  async stop(): Promise<void> {
    const isServer = (name: ProcessName) => name.startsWith('local-');
    for (const name of this.children.keys()) if (!isServer(name)) await this.kill(name, 'SIGKILL');
    for (const name of this.children.keys()) if (isServer(name)) await this.kill(name, 'SIGTERM');
    rmSync(this.home, { recursive: true, force: true });
  }
}

const serviceOf = (name: ProcessName) => name.replace(/-\d$/, '') as ServiceName;

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

/** Runs one of the project's commands to its end. */
export function runCommand(
  arguments_: string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', ...arguments_], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** Polls until the value is there; on time-out throws with what was seen last. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  accept: (value: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read().catch((error: Error) => error);
    if (!(value instanceof Error) && accept(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${timeoutMs} ms; last seen: ${String(JSON.stringify(value) ?? value)}`);
    await sleep(200);
  }
}
