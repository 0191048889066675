import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { eventually, root, runCommand } from '../support/stack.js';

const folder = mkdtempSync(join(tmpdir(), 'eupnea-bad-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const estimator = async (settings: Record<string, string>) =>
  runCommand(['dist/apps/estimator/src/main.js'], {
    ...process.env,
    ESTIMATOR_PORT: String(await freePort()),
    KAFKA_BROKERS: '127.0.0.1:1',
    ...settings,
  });

describe('a service that cannot do its work says so at boot, with a stable code', () => {
  test('a missing model bundle', async () => {
    const { status, stdout, stderr } = await estimator({ MODEL_PATH: join(folder, 'nowhere') });
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('MODEL_MISSING');
    expect(stdout + stderr).toContain(join(folder, 'nowhere'));
  });

  test('a model bundle with a byte too many', async () => {
    const bundle = join(folder, 'broken');
    cpSync(join(root, 'libs/breath-model/fixtures/untrained'), bundle, { recursive: true });
    writeFileSync(join(bundle, 'model.onnx'), 'x', { flag: 'a' });
    const { status, stdout, stderr } = await estimator({ MODEL_PATH: bundle });
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('MODEL_BROKEN');
    expect(stdout + stderr).toContain('model.onnx');
  });

  test('a setting that cannot be used is named', async () => {
    const { status, stdout, stderr } = await estimator({ ESTIMATOR_PORT: 'eighty' });
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('CONFIG_INVALID');
    expect(stdout + stderr).toContain('ESTIMATOR_PORT');
  });

  test.each([
    ['no secret', {}],
    ['a short secret', { GATEWAY_TOKEN_SECRET: 'short' }],
  ])('a gateway with %s', async (_, settings: Record<string, string>) => {
    const { status, stderr } = await runCommand(['dist/apps/gateway/src/main.js'], { ...process.env, ...settings });
    expect(status).toBe(78);
    expect(stderr).toContain('CONFIG_INVALID');
    expect(stderr).toContain('GATEWAY_TOKEN_SECRET');
    expect(stderr).toContain('32 bytes');
  });

  test('a version of Node that is too old', async () => {
    const script = `import('./tools/bootstrap.mjs').then(({ checkNode }) => checkNode('20.18.3'))`;
    const { status, stderr } = await runCommand(['-e', script], process.env);
    expect(status).not.toBe(0);
    expect(stderr).toContain('NODE_TOO_OLD');
    expect(stderr).toContain('20.19');
  });
});

describe('what is not there yet is waited for, and named', () => {
  const waiting: [string, string, string, Record<string, string>][] = [
    ['estimator', 'ESTIMATOR_PORT', 'Kafka', { KAFKA_BROKERS: '127.0.0.1:1' }],
    ['gateway', 'GATEWAY_PORT', 'Kafka', { KAFKA_BROKERS: '127.0.0.1:1', GATEWAY_TOKEN_SECRET: 'x'.repeat(32) }],
    ['recorder', 'RECORDER_PORT', 'ClickHouse', { KAFKA_BROKERS: '127.0.0.1:1', CLICKHOUSE_URL: 'http://127.0.0.1:1' }],
    ['api', 'API_PORT', 'ClickHouse', { KAFKA_BROKERS: '127.0.0.1:1', CLICKHOUSE_URL: 'http://127.0.0.1:1' }],
  ];

  test.each(waiting)('%s', async (name, portSetting, what, settings) => {
    const port = await freePort();
    const child = spawn(process.execPath, [`dist/apps/${name}/src/main.js`], {
      cwd: root,
      env: { ...process.env, ...settings, [portSetting]: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      const live = () => fetch(`http://127.0.0.1:${port}/health/live`).then(({ status }) => status);
      await eventually('alive', live, (status) => status === 200);
      const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
      expect(ready.status).toBe(503);
      await eventually(
        'the wait is named',
        async () => said,
        (text) => /waiting for /.test(text) && text.includes(what),
      );
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
    }
  });
});
