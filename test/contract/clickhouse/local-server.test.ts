import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.js';
import { httpCases } from './http-cases.js';
import { LocalServer, launch } from './servers.js';

describe('the HTTP interface of the local server', () => httpCases(() => LocalServer.start()));

describe('the local server as a process', () => {
  const started: LocalServer[] = [];
  const start = async () => {
    const server = await LocalServer.start();
    started.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
  });
  const post = (server: LocalServer, query: string) => fetch(server.url, { method: 'POST', body: query });

  /** Runs the program until it ends by itself. */
  async function refusal(port: number, dataFolder: string): Promise<{ status: number; stderr: string }> {
    const child = launch(port, dataFolder);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [status] = (await once(child, 'close')) as [number];
    return { status, stderr };
  }

  /** Tries again and again: before the port listens, a connection is refused, and after that the engine takes a while. */
  async function connectedWhenItListens(port: number): Promise<Socket> {
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      const connected = await once(socket, 'connect').catch(() => undefined);
      if (connected !== undefined) return socket;
    }
  }

  test.each(['SIGKILL', 'SIGTERM'] as const)('every answered insert survives %s', async (signal) => {
    const server = await start();
    await post(server, 'CREATE TABLE kept (id UInt32) ENGINE = MergeTree ORDER BY id');
    let answered = 0;
    const inserting = (async () => {
      for (;;) {
        const { ok } = await post(server, `INSERT INTO kept VALUES (${answered})`);
        if (!ok) return;
        answered += 1;
      }
    })().catch(() => undefined);
    await expect.poll(() => answered, { timeout: 10_000 }).toBeGreaterThan(20);
    await server.kill(signal);
    await inserting;
    await server.run();
    const ids = (await (await post(server, 'SELECT id FROM kept ORDER BY id')).text()).trim().split('\n').map(Number);
    // The last one may have been written and its answer lost.
    expect(ids.slice(0, answered)).toEqual(Array.from({ length: answered }, (_, id) => id));
    expect(ids.length).toBeLessThanOrEqual(answered + 1);
  });

  test('whoever asks while the engine opens waits, and is answered', async () => {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'eupnea-clickhouse-'));
    const child = launch(port, folder);
    let saidReady = false;
    child.stdout?.once('data', () => (saidReady = true)); // it says so when the engine is open
    try {
      const socket = await connectedWhenItListens(port);
      expect(saidReady).toBe(false);
      const answer = text(socket);
      socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8\r\n\r\nSELECT 1');
      expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n1\n$/);
    } finally {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true });
    }
  });

  test('/ping answers while a query computes, and SIGTERM ends the process within two seconds', async () => {
    const server = await start();
    const slow = post(server, 'SELECT sum(sipHash64(number)) FROM numbers(3000000000)').catch(() => 'cut off');
    for (let k = 0; k < 10; k++) {
      const pinged = await fetch(`${server.url}/ping`, { signal: AbortSignal.timeout(1_000) });
      expect(await pinged.text()).toBe('Ok.\n');
    }
    expect(await server.kill('SIGTERM')).toBeLessThan(2_000);
    expect(await slow).toBe('cut off');
  });

  test('more than 256 waiting statements are refused with 503, not held', async () => {
    const server = await start();
    const endless = 'SELECT sum(sipHash64(number)) FROM numbers(3000000000)';
    const requests = Array.from({ length: 300 }, () => post(server, endless));
    const refused = await Promise.any(
      requests.map(async (request) => {
        const answer = await request;
        expect(answer.status).toBe(503);
        return answer;
      }),
    );
    expect(refused.headers.get('x-clickhouse-exception-code')).toBe('202');
    await server.kill('SIGKILL');
    const statuses = (await Promise.allSettled(requests)).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.status] : [],
    );
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect(statuses.length).toBeLessThanOrEqual(300 - 257);
  });

  test('a body over 64 MiB is refused, and the server goes on', async () => {
    const server = await start();
    const answer = await post(server, `SELECT '${'x'.repeat(65 * 1024 * 1024)}'`);
    expect(answer.status).toBe(413);
    expect((await post(server, 'SELECT 1')).status).toBe(200);
  });

  test('a taken port is PORT_IN_USE', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const folder = mkdtempSync(join(tmpdir(), 'eupnea-clickhouse-'));
    const { status, stderr } = await refusal((taken.address() as AddressInfo).port, folder);
    taken.close();
    rmSync(folder, { recursive: true });
    expect(status).toBe(78);
    expect(stderr).toMatch(/^PORT_IN_USE: .* port \d+/);
  });

  test('a folder of another process, or one that is a file, is DATA_FOLDER_UNUSABLE', async () => {
    const server = await start();
    const taken = await refusal(await freePort(), server.dataFolder);
    expect(taken.status).toBe(78);
    expect(taken.stderr).toContain('DATA_FOLDER_UNUSABLE');
    const file = join(server.dataFolder, 'a-file');
    writeFileSync(file, '');
    expect((await refusal(await freePort(), file)).stderr).toContain('DATA_FOLDER_UNUSABLE');
  });
});
