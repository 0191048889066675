import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, root } from '../support/stack.js';

const compiled = (path: string) => JSON.stringify(pathToFileURL(join(root, 'dist', path)).href);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eupnea-orphans-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Two programs under a supervisor; the second one does not listen to SIGTERM. */
async function superviseTwo(): Promise<{ supervisor: number; programs: number[] }> {
  for (const [name, onTerm] of [
    ['polite', 'process.exit(0)'],
    ['stubborn', 'undefined'],
  ]) {
    writeFileSync(
      join(folder, `${name}.mjs`),
      `import { followSupervisor } from ${compiled('libs/platform/src/index.js')};
       import { writeFileSync } from 'node:fs';
       followSupervisor();
       process.on('SIGTERM', () => ${onTerm});
       setInterval(() => console.log('works'), 50);
       writeFileSync(${JSON.stringify(join(folder, `${name}.pid`))}, String(process.pid));`,
    );
  }
  writeFileSync(
    join(folder, 'supervisor.mjs'),
    `import { Supervisor } from ${compiled('apps/standalone/src/supervisor.js')};
     const children = ['polite', 'stubborn'].map((name) => (
       { name, program: ${JSON.stringify(folder)} + '/' + name + '.mjs', args: [], environment: {} }));
     await new Supervisor([{ children, graceMs: 500 }], ${JSON.stringify(join(folder, 'logs'))}, console.log).start();`,
  );
  const supervisor = spawn(process.execPath, [join(folder, 'supervisor.mjs')], { stdio: 'ignore' });
  const pidOf = async (name: string) =>
    eventually(
      name,
      async () => Number(readFileSync(join(folder, `${name}.pid`), 'utf8')),
      (pid) => pid > 0,
    );
  return { supervisor: supervisor.pid as number, programs: [await pidOf('polite'), await pidOf('stubborn')] };
}

test('no program outlives a supervisor that is killed, not even one that ignores SIGTERM', async () => {
  const { supervisor, programs } = await superviseTwo();
  expect(programs.map(isAlive)).toEqual([true, true]);
  process.kill(supervisor, 'SIGKILL');
  await eventually(
    'the end of both programs',
    async () => programs.filter(isAlive),
    (alive) => alive.length === 0,
    5_000,
  );
});
