import { EupneaError } from '#libs/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { isAbsolute, relative, resolve } from 'node:path';

/**
 * Turns what commander complains about, in the program and its subcommands, into errors like any other, which
 * `runCommand` shows. `--help` still prints and ends the process.
 * @param help where the person finds the options, for the hint
 * @throws EupneaError USAGE, from `parse`
 */
export function refuseAsUsage(program: Command, help: string): Command {
  for (const command of [program, ...program.commands]) {
    command.allowExcessArguments(false).configureOutput({ writeErr: () => undefined });
    command.exitOverride((error) => {
      if (error.exitCode === 0) process.exit(0);
      const names = program.commands.map((subcommand) => subcommand.name()).join(' or ');
      const message = error.code === 'commander.help' ? `say ${names}` : error.message.replace(/^error: /, '');
      throw new EupneaError('USAGE', message, { hint: `${help} shows the options.` });
    });
  }
  return program;
}

/** Parses an option's value as a TCP port; 0 lets the system choose. */
export function portOption(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('A port from 0 to 65535 is needed.');
}

/** Parses an option's value as a time with its zone. @returns epoch milliseconds, from 1970 on */
export function timeOption(text: string): number {
  const hasZone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const timeMs = hasZone ? Date.parse(text) : NaN;
  if (timeMs >= 0) return timeMs;
  throw new InvalidArgumentError('A time with its zone is needed, such as 2026-11-20T00:00Z.');
}

/** npm runs its scripts in the repository and says in INIT_CWD in which folder somebody typed the command. */
export function fromWhereTheUserIs(path: string): string {
  const folder = process.env['INIT_CWD'];
  return isAbsolute(path) || folder === undefined ? path : relative(process.cwd(), resolve(folder, path)) || '.';
}
