import { EupneaError } from '#libs/contracts';
import { spawnSync } from 'node:child_process';

/** True when the program can be started with these arguments and succeeds. */
export function canRun(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/**
 * Runs a program to its end and returns what it printed.
 * @throws EupneaError TENSORFLOW_MISSING with the end of its output
 */
export function runTool(what: string, program: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...(cwd ? { cwd } : {}) });
  if (status === 0) return stdout;
  const output = (error?.message ?? `${stdout}${stderr}`).trimEnd().split('\n').slice(-15).join('\n');
  throw new EupneaError('TENSORFLOW_MISSING', `${what} failed (${program}, exit status ${status}):\n${output}`, {
    hint: 'Correct what it names, then run `npm run trainer -- setup` again: it goes on where it stopped.',
  });
}
