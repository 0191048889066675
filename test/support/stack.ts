import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { freePort } from './free-port.js';

// This file runs from its source in tests and from dist/ in benchmarks.
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/dist\/$/, '');

export type ServiceName = 'local-kafka' | 'local-clickhouse' | 'gateway' | 'estimator' | 'recorder' | 'api';

const PROGRAMS: Record<ServiceName, string> = {
  'local-kafka': 'dist/libs/local-kafka/src/main.js',
  'local-clickhouse': 'dist/libs/local-clickhouse/src/main.js',
  gateway: 'dist/apps/gateway/src/main.js',
  estimator: 'dist/apps/estimator/src/main.js',
  recorder: 'dist/apps/recorder/src/main.js',
  api: 'dist/apps/api/src/main.js',
};

const KEPT_LOG_LINES = 400;
export const TOKEN_SECRET = 'the secret of tests, which is no secret at all';

/**
 * The real programs, each a process of its own, on free ports over a data folder of its own. Tests start, kill and
 * restart them by name; a restarted one gets the same port and data.
 */
export class Stack {
  private readonly children = new Map<string, ChildProcess>();
  private readonly lines = new Map<string, string[]>();
  private readonly ports = new Map<string, number>();

  private constructor(
    readonly home: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** Starts the two servers and the named services, and resolves when all of them are ready. */
  static async start(services: ServiceName[], settings: Record<string, string> = {}): Promise<Stack> {
    const stack = new Stack(mkdtempSync(join(tmpdir(), 'eupnea-stack-')), settings);
    for (const name of Object.keys(PROGRAMS) as ServiceName[]) stack.ports.set(name, await freePort());
    if (settings['KAFKA_BROKERS'] === undefined) await stack.run('local-kafka');
    if (settings['CLICKHOUSE_URL'] === undefined) await stack.run('local-clickhouse');
    for (const name of services) await stack.run(name);
    return stack;
  }

  get kafkaBrokers(): string {
    return this.settings['KAFKA_BROKERS'] ?? `127.0.0.1:${this.port('local-kafka')}`;
  }

  get clickhouseUrl(): string {
    return this.settings['CLICKHOUSE_URL'] ?? `http://127.0.0.1:${this.port('local-clickhouse')}`;
  }

  port(name: ServiceName): number {
    return this.ports.get(name) as number;
  }

  url(name: ServiceName): string {
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
      RECORDER_PORT: String(this.port('recorder')),
      API_PORT: String(this.port('api')),
      ...this.settings,
    };
  }

  /** Starts one program (again) and resolves when it is ready. */
  async run(name: ServiceName, settings: Record<string, string> = {}): Promise<void> {
    this.launch(name, settings);
    await this.ready(name);
  }

  launch(name: ServiceName, settings: Record<string, string> = {}): void {
    const serverArguments = name.startsWith('local-')
      ? ['--port', String(this.port(name)), '--data', join(this.home, name)]
      : [];
    const child = spawn(process.execPath, [join(root, PROGRAMS[name]), ...serverArguments], {
      cwd: root,
      env: { ...this.environment(), ...settings },
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

  async ready(name: ServiceName, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const child = this.children.get(name);
      if (child?.exitCode !== null && child?.exitCode !== undefined) break;
      if (await this.answers(name)) return;
      await sleep(50);
    }
    throw new Error(`${name} did not become ready; it last said:\n${this.log(name).slice(-30).join('\n')}`);
  }

  private async answers(name: ServiceName): Promise<boolean> {
    if (name === 'local-kafka') return connects(this.port(name));
    const path = name === 'local-clickhouse' ? '/ping' : '/health/ready';
    return fetch(this.url(name) + path).then(
      (response) => response.ok,
      () => false,
    );
  }

  pid(name: ServiceName): number | undefined {
    return this.children.get(name)?.pid;
  }

  log(name: ServiceName): string[] {
    return this.lines.get(name) ?? [];
  }

  /** Sends a signal and resolves with the milliseconds until the process was gone. */
  async kill(name: ServiceName, signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
    const child = this.children.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0;
    const startedAt = Date.now();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
    return Date.now() - startedAt;
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
    for (const name of ['api', 'gateway', 'estimator', 'recorder'] as const) await this.kill(name, 'SIGKILL');
    for (const name of ['local-kafka', 'local-clickhouse'] as const) await this.kill(name, 'SIGTERM');
    rmSync(this.home, { recursive: true, force: true });
  }
}

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
    const child = spawn(process.execPath, arguments_, {
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
