import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { eventually, root } from '../support/stack.js';

interface Run {
  child: ChildProcess;
  output: () => string;
  exited: Promise<number | null>;
}

describe('npm start', () => {
  const home = mkdtempSync(join(tmpdir(), 'eupnea-start-'));
  const ports: Record<string, string> = {};
  let run: Run | undefined;

  beforeAll(async () => {
    for (const name of [
      'KAFKA_PORT',
      'CLICKHOUSE_PORT',
      'API_PORT',
      'GATEWAY_PORT',
      'ESTIMATOR_PORT',
      'RECORDER_PORT',
      'ALERTER_PORT',
    ]) {
      ports[name] = String(await freePort());
    }
  });
  afterAll(() => {
    run?.child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });

  /** As `npm start` does, in a process group of its own, so that an interrupt reaches all of it as Ctrl-C would. */
  function start(options: string[], settings: Record<string, string> = {}): Run {
    const environment = { ...process.env, ...ports, EUPNEA_HOME: home, ...settings };
    const child = spawn(process.execPath, ['tools/run.mjs', 'standalone', ...options], {
      cwd: root,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    return { child, output: () => text, exited: new Promise((resolve) => child.once('exit', resolve)) };
  }

  async function interrupt({ child, exited }: Run): Promise<number> {
    const startedAt = Date.now();
    process.kill(-(child.pid as number), 'SIGINT');
    await exited;
    return Date.now() - startedAt;
  }

  async function count(): Promise<number> {
    const query = 'SELECT count() FROM eupnea.estimates FINAL';
    const answer = await fetch(`http://127.0.0.1:${ports['CLICKHOUSE_PORT']}`, { method: 'POST', body: query });
    if (!answer.ok) throw new Error(await answer.text());
    return Number(await answer.text());
  }

  test('a fleet is heard, Ctrl-C stops everything within five seconds, and the next start finds the data', async () => {
    run = start(['--fleet', '3']);
    const rows = await eventually('estimates of the fleet', count, (found) => found >= 3, 120_000);
    const subjects = await fetch(`http://127.0.0.1:${ports['API_PORT']}/v1/subjects`);
    expect(subjects.status).toBe(200);
    expect(run.output()).toContain(`http://localhost:${ports['API_PORT']}`);
    expect(run.output()).toContain(`localhost:${ports['KAFKA_PORT']}`);
    expect(run.output()).toContain(`http://localhost:${ports['CLICKHOUSE_PORT']}`);

    expect(await interrupt(run)).toBeLessThan(5_000);
    await expect(fetch(`http://127.0.0.1:${ports['API_PORT']}/health/live`)).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${ports['CLICKHOUSE_PORT']}/ping`)).rejects.toThrow();

    run = start(['--no-fleet']);
    const kept = await eventually('the data of the first run', count, (found) => found >= rows, 120_000);
    expect(kept).toBeGreaterThanOrEqual(rows);
    expect(await interrupt(run)).toBeLessThan(5_000);
  });

  test('a model bundle that is missing is named, and the rest runs', async () => {
    const { output } = (run = start(['--no-fleet'], { MODEL_PATH: join(home, 'nowhere') }));
    await eventually('the data of the first run', count, (rows) => rows >= 3, 120_000);
    await eventually(
      'where to look',
      async () => output(),
      (text) => text.includes('Ctrl-C stops everything'),
    );
    expect(output()).toContain(`MODEL_MISSING: there is no manifest.json in ${join(home, 'nowhere')}`);
    expect((await fetch(`http://127.0.0.1:${ports['API_PORT']}/v1/subjects`)).status).toBe(200);
    expect(await interrupt(run)).toBeLessThan(5_000);
    expect(await run.exited).toBe(1);
  });

  test('a port that is taken is named, with its setting and what to do', async () => {
    const { createServer } = await import('node:net');
    const other = createServer().listen(Number(ports['CLICKHOUSE_PORT']), '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    try {
      const refused = start(['--no-fleet']);
      expect(await refused.exited).not.toBe(0);
      expect(refused.output()).toContain('PORT_IN_USE');
      expect(refused.output()).toContain(String(ports['CLICKHOUSE_PORT']));
      expect(refused.output()).toContain('CLICKHOUSE_PORT');
    } finally {
      other.close();
    }
  });
});
