import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.js';
import { root } from '../../support/stack.js';
import type { PartitionFolder } from './brokers.js';

export const PROGRAM = join(root, 'dist/libs/local-kafka/src/main.js');
const START_TIMEOUT_MS = 15_000;

/** The local broker as a process of its own over a folder of its own; killed and restarted on the same port. */
export class LocalProcess {
  private child: ChildProcess | undefined;
  private said = '';

  private constructor(
    readonly port: number,
    readonly dataFolder: string,
  ) {}

  static async start(dataFolder = mkdtempSync(join(tmpdir(), 'eupnea-local-kafka-'))): Promise<LocalProcess> {
    const broker = new LocalProcess(await freePort(), dataFolder);
    await broker.run();
    return broker;
  }

  readonly partitionFolder = (topic: string, partition: number): string =>
    join(this.dataFolder, 'topics', topic, String(partition));

  async crash(whileDown: (folderOf: PartitionFolder) => void): Promise<void> {
    await this.kill('SIGKILL');
    whileDown(this.partitionFolder);
    await this.run();
  }

  get brokers(): string {
    return `127.0.0.1:${this.port}`;
  }

  async run(...more: string[]): Promise<void> {
    this.said = '';
    const child = launch(this.port, this.dataFolder, ...more);
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (this.said += String(text)));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await connects(this.port))) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`local-kafka did not start: ${this.said}`);
      await sleep(20);
    }
  }

  /** What the process that runs now (or ran last) has printed. */
  get output(): string {
    return this.said;
  }

  /** @returns milliseconds until the process was gone, and its exit status */
  async kill(signal: NodeJS.Signals): Promise<{ milliseconds: number; status: number | null }> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return { milliseconds: 0, status: 0 };
    const startedAt = Date.now();
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const status = await gone;
    return { milliseconds: Date.now() - startedAt, status };
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

export function launch(port: number, dataFolder: string, ...more: string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, '--port', String(port), '--data', dataFolder, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
