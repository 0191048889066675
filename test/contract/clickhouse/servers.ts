import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.js';
import { root } from '../../support/stack.js';

const PROGRAM = join(root, 'dist/libs/local-clickhouse/src/main.js');
const START_TIMEOUT_MS = 30_000;

/** The local server as a process of its own over a folder of its own; killed and restarted on the same port. */
export class LocalServer {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'eupnea-clickhouse-'));
  private child: ChildProcess | undefined;
  private stderr = '';

  private constructor(readonly port: number) {}

  static async start(): Promise<LocalServer> {
    const server = new LocalServer(await freePort());
    await server.run();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async run(): Promise<void> {
    this.child = launch(this.port, this.dataFolder);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answers(this.url))) {
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`local-clickhouse did not start: ${this.stderr}`);
      }
      await sleep(50);
    }
  }

  /** @returns milliseconds until the process was gone */
  async kill(signal: NodeJS.Signals): Promise<number> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0;
    const startedAt = Date.now();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
    return Date.now() - startedAt;
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

export function launch(port: number, dataFolder: string): ChildProcess {
  return spawn(process.execPath, [PROGRAM, '--port', String(port), '--data', dataFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function answers(url: string): Promise<boolean> {
  return fetch(`${url}/ping`).then(
    (response) => response.ok,
    () => false,
  );
}
