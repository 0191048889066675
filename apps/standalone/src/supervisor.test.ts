import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backoff, ChildSpec } from './child.js';
import { Supervisor } from './supervisor.js';

const BACKOFF: Backoff = { firstMs: 20, longestMs: 80, forgetAfterMs: 60_000, attemptsToBoot: 100 };

let folder: string;
let lines: string[];
let supervisor: Supervisor | undefined;
let backoff: Backoff;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eupnea-supervisor-'));
  lines = [];
  supervisor = undefined;
  backoff = BACKOFF;
});
afterEach(async () => {
  supervisor?.kill();
  await supervisor?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A program that notes what happens to it in `journal` and writes NAME.ready when it works. */
function program(name: string, body: string): ChildSpec {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
     const note = (what) => appendFileSync(${JSON.stringify(join(folder, 'journal'))}, '${name} ' + what + '\\n');
     const ready = () => writeFileSync(${JSON.stringify(join(folder, `${name}.ready`))}, '');
     process.on('SIGINT', () => note('SIGINT'));
     note('start');
     ${body}`,
  );
  const probe = () => Promise.resolve(existsSync(join(folder, `${name}.ready`)) ? undefined : 'itself');
  return { name, program: path, args: [], environment: {}, essential: false, probe };
}

const GRACEFUL = `process.on('SIGTERM', () => { note('stop'); process.exit(0); }); setInterval(() => {}, 1000); ready();`;
const STUBBORN = `process.on('SIGTERM', () => note('ignores')); setInterval(() => {}, 1000); ready();`;

const journal = () => (existsSync(join(folder, 'journal')) ? readFileSync(join(folder, 'journal'), 'utf8') : '');
const starts = (name: string) =>
  journal()
    .split('\n')
    .filter((line) => line === `${name} start`).length;

function supervise(...stages: ChildSpec[][]): Supervisor {
  supervisor = new Supervisor(
    stages.map((children) => ({ children, graceMs: 1_500 })),
    join(folder, 'logs'),
    (line) => lines.push(line),
    backoff,
  );
  return supervisor;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain; said: ${lines.join('\n')}; journal: ${journal()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('stages start after the earlier one is ready and stop in reverse order', async () => {
  const slow = program(
    'server',
    `process.on('SIGTERM', () => { note('stop'); process.exit(0); });
    setInterval(() => {}, 1000);
    setTimeout(() => { note('ready'); ready(); }, 300);`,
  );
  const run = supervise([slow], [program('service', GRACEFUL)]);
  await run.start();
  await run.stop();
  expect(journal().trim().split('\n')).toEqual([
    'server start',
    'server ready',
    'service start',
    'service stop',
    'server stop',
  ]);
});

test('a program that dies starts again, and its last lines are shown', async () => {
  const run = supervise([
    program(
      'service',
      `console.log('the last thing I did');
    ready(); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`,
    ),
  ]);
  await run.start();
  process.kill(run.children[0]!.pid!, 'SIGKILL');
  await until(() => starts('service') === 2);
  expect(lines.join('\n')).toMatch(/service was ended by SIGKILL; it starts again in 0.02 s/);
  expect(lines.join('\n')).toContain('the last thing I did');
});

test('back-off grows up to its longest delay', async () => {
  const run = supervise([program('service', `ready(); setTimeout(() => process.exit(3), 50);`)]);
  await run.start();
  await until(() => lines.filter((line) => line.includes('exit status 3')).length >= 4);
  const delays = lines.flatMap((line) => /again in ([\d.]+) s/.exec(line)?.[1] ?? []).slice(0, 4);
  expect(delays).toEqual(['0.02', '0.04', '0.08', '0.08']);
});

const REFUSES = `console.error('MODEL_BROKEN: the hash differs'); process.exitCode = 78;`;

test('an essential program that says that only a person can help ends the run with its own message', async () => {
  const run = supervise([{ ...program('kafka', REFUSES), essential: true }], [program('service', GRACEFUL)]);
  run.start().catch(() => undefined);
  await expect(run.failed).rejects.toMatchObject({
    code: 'PROGRAM_FAILED',
    message: expect.stringContaining('MODEL_BROKEN: the hash differs') as string,
  });
  expect([starts('kafka'), starts('service')]).toEqual([1, 0]);
});

test('any other leaves the rest running, says once why, and is ready when that is corrected', async () => {
  const corrected = join(folder, 'corrected');
  const run = supervise(
    [
      program('estimator', `if (existsSync(${JSON.stringify(corrected)})) { ${GRACEFUL} } else { ${REFUSES} }`),
      program('api', GRACEFUL),
    ],
    [program('fleet', GRACEFUL)],
  );
  await run.start();
  await until(() => starts('estimator') >= 3 && starts('fleet') === 1);
  expect(run.refused).toEqual(['estimator']);
  writeFileSync(corrected, '');
  await until(() => lines.includes('estimator is ready now'));
  expect(run.refused).toEqual([]);
  expect(lines.filter((line) => line.startsWith('estimator cannot run'))).toEqual([
    'estimator cannot run; the rest goes on, and it is tried again every 0.08 s.\nMODEL_BROKEN: the hash differs',
  ]);
  expect([starts('api'), starts('fleet')]).toEqual([1, 1]);
});

test('an essential program that never becomes ready ends the run after some attempts', async () => {
  backoff = { ...BACKOFF, attemptsToBoot: 3 };
  const run = supervise([{ ...program('service', `console.error('boom'); process.exitCode = 1;`), essential: true }]);
  run.start().catch(() => undefined);
  await expect(run.failed).rejects.toThrow(/3 times without becoming ready:\n\s+boom/);
});

test('a program that ignores SIGTERM is killed when its grace is over', async () => {
  const run = supervise([program('service', STUBBORN)]);
  await run.start();
  const pid = run.children[0]!.pid!;
  const startedAt = Date.now();
  await run.stop();
  expect(Date.now() - startedAt).toBeLessThan(4_000);
  expect(journal()).toContain('service ignores');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a stop while a program waits for its next start leaves nothing running', async () => {
  const run = supervise([program('service', `ready(); setTimeout(() => process.exit(3), 20);`)]);
  await run.start();
  await until(() => lines.some((line) => line.includes('exit status 3')));
  await run.stop();
  const before = starts('service');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(starts('service')).toBe(before);
});

test('programs run in process groups of their own, which Ctrl-C does not reach', async () => {
  const run = supervise([program('service', GRACEFUL)]);
  await run.start();
  const group = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[2];
  if (process.platform === 'linux') expect(group(run.children[0]!.pid!)).toBe(String(run.children[0]!.pid));
  else expect(run.children[0]!.pid).toBeDefined();
});

test('warnings and errors reach the terminal once, everything reaches the log file', async () => {
  const log = (level: number, msg: string) => `console.log(JSON.stringify({ level: ${level}, msg: '${msg}' }));`;
  const run = supervise([
    program('service', `${log(30, 'calm')} ${log(40, 'careful')} ${log(40, 'careful')} ${GRACEFUL}`),
  ]);
  await run.start();
  await until(() => lines.some((line) => line.includes('careful')));
  await run.stop();
  expect(lines.filter((line) => line.includes('careful'))).toEqual(['service: WARN careful']);
  expect(lines.join()).not.toContain('calm');
  expect(
    readFileSync(join(folder, 'logs', 'service.log'), 'utf8')
      .trim()
      .split('\n'),
  ).toHaveLength(3);
});
