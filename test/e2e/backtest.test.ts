import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '#libs/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleEstimate } from '../support/sample-estimate.js';
import { Stack, runCommand } from '../support/stack.js';

const START_MS = Date.parse('2026-11-20T08:00Z');
const RANGE = ['--from', '2026-11-20T08:00Z', '--to', '2026-11-20T09:00Z'];

let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'eupnea-backtest-'));
beforeAll(async () => {
  stack = await Stack.start([], { KAFKA_BROKERS: 'none' });
  const store = new Store({ url: stack.clickhouseUrl });
  await store.migrate();
  // Anna breathes heavily at rest from minute 40 on, Ben never does.
  const windows = Array.from({ length: 1_198 }, (_, n) => n);
  const of = (subjectId: string, rateAt: (minute: number) => number) =>
    windows.map((n) => sampleEstimate(subjectId, n, START_MS, { rrPerMinute: rateAt(n / 20), restState: 'rest' }));
  await store.record([...of('anna', (minute) => (minute < 40 ? 15 : 36)), ...of('ben', () => 14)]);
  await store.close();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stack?.stop();
});

const backtest = (...args: string[]) => runCommand(['dist/apps/backtest/src/main.js', ...args], stack.environment());

test('says per rule and person what would have been told, as a table and as JSON', async () => {
  const { status, stdout, stderr } = await backtest(...RANGE);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^sustained-heavy-breathing-at-rest +1 /m);
  expect(stdout).toMatch(/^ {2}anna +1 /m);
  expect(stdout).not.toContain('ben');
  expect(stdout).toContain('2396 windows of 2 people');
  const json = JSON.parse((await backtest(...RANGE, '--subject', 'ben', '--json')).stdout) as {
    people: number;
    spans: [];
  };
  expect(json).toMatchObject({ people: 1, spans: [] });
});

test('draws a picture, and shows on which alerts two versions disagree', async () => {
  const [picture, stricter] = [join(folder, 'anna.svg'), join(folder, 'stricter.yaml')];
  writeFileSync(stricter, readFileSync('rules/heavy-breathing.yaml', 'utf8').replace('for: 5m', 'for: 1h'));
  const { status, stdout, stderr } = await backtest(...RANGE, '--against', stricter, '--picture', picture);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/only with --rules: 1\n.*anna {2}sustained-heavy-breathing-at-rest/);
  expect(stdout).toContain('only with --against: 0');
  expect(readFileSync(picture, 'utf8')).toContain('sustained-heavy-breathing-at-rest');
});

test.each([
  ['NO_WINDOWS', [...RANGE, '--subject', 'nobody']],
  ['FILE_NOT_FOUND', [...RANGE, '--rules', 'no/such/folder']],
  ['USAGE', [...RANGE, '--picture', 'week.png']],
  ['USAGE', ['--from', '2026-11-20', '--to', '2026-11-21T00:00Z']],
  ['USAGE', ['--from', '2026-11-20T09:00Z', '--to', '2026-11-20T08:00Z']],
])('%s is told in a sentence', async (code, args) => {
  const { status, stderr } = await backtest(...args);
  expect(stderr).toMatch(new RegExp(`^${code}: `));
  expect(status).toBe(1);
});
