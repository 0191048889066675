import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Stack, root } from '../../support/stack.js';

/** The simulator's own fleet, in a process of its own, in real time until `stop`. */
export class SimulatedFleet {
  private constructor(
    private readonly child: ChildProcess,
    private readonly said: string[],
  ) {}

  static start(stack: Stack, streams: number, seed: number): SimulatedFleet {
    const program = join(root, 'dist/apps/simulator/src/main.js');
    const arguments_ = ['simulate', '--direct', '--fleet', String(streams), '--seed', String(seed)];
    const child = spawn(process.execPath, [program, ...arguments_], {
      cwd: root,
      env: stack.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => said.push(text) > 100 && said.shift());
    }
    return new SimulatedFleet(child, said);
  }

  /** Lets it end its sessions. @throws when it had ended before */
  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the simulator ended by itself:\n${this.said.join('')}`);
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}
