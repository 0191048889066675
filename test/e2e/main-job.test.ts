import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXPECTED_WINDOWS, SIMULATOR, replayed } from '../support/recording.js';
import { Stack, runCommand } from '../support/stack.js';

describe('a recording goes in as a device would send it, and its windows come out of the store', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(['gateway', 'estimator', 'recorder', 'api']);
  });
  afterAll(() => stack?.stop());

  test.each([8_000, 16_000, 44_100])('every window expected from its length is there once, at %i Hz', async (rate) => {
    expect(await replayed(stack, `rate-${rate}`, rate)).toEqual(EXPECTED_WINDOWS);
  });

  test('the api and the plain HTTP interface of the store tell the same', async () => {
    const subject = 'rate-16000';
    const answer = await fetch(`${stack.url('api')}/v1/subjects/${subject}/estimates`);
    expect(answer.status).toBe(200);
    const text = JSON.stringify(await answer.json());
    expect(text).toContain('investigational');
    const query = `SELECT count() FROM eupnea.estimates FINAL WHERE subject_id = '${subject}'`;
    const plain = await fetch(stack.clickhouseUrl, { method: 'POST', body: query });
    expect((await plain.text()).trim()).toBe(String(EXPECTED_WINDOWS.length));
  });

  test('around the gateway it is the same', async () => {
    expect(await replayed(stack, 'direct', 16_000, ['--direct'])).toEqual(EXPECTED_WINDOWS);
  });

  test('a file that is not audio is refused with its code', async () => {
    const file = join(stack.home, 'letter.wav');
    writeFileSync(file, 'Dear reader, this is no sound at all.');
    const replay = await runCommand([SIMULATOR, 'replay', file, '--subject', 'x'], stack.environment());
    expect(replay.status).not.toBe(0);
    expect(replay.stderr).toContain('NOT_AUDIO');
    expect(replay.stderr).toContain('letter.wav');
  });

  test.each(['gateway', 'estimator', 'recorder', 'api'] as const)('%s tells its health and metrics', async (name) => {
    for (const path of ['/health/live', '/health/ready']) {
      expect((await fetch(stack.url(name) + path)).status).toBe(200);
    }
    const metrics = await (await fetch(`${stack.url(name)}/metrics`)).text();
    expect(metrics).toContain('process_resident_memory_bytes');
    expect(metrics).toContain('eupnea_');
  });

  test.each(['gateway', 'estimator', 'recorder', 'api'] as const)(
    '%s stops gracefully within five seconds',
    async (name) => {
      expect(await stack.kill(name, 'SIGTERM')).toBeLessThan(5_000);
    },
  );
});
