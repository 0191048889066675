import { EupneaError } from '#libs/contracts';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { z } from 'zod';

/** Results of a campaign in a file, a line of JSON each, so that a stopped one goes on where it was. */
export interface KeptResults<Result> {
  /** The result of the same work, if it was done before. */
  find: (key: string) => Result | undefined;
  add: (result: Result) => void;
}

/**
 * Reads what earlier runs added; the beginning of a line that a stop cut off is dropped.
 * @throws EupneaError DATA_INVALID naming file and line
 */
export function keptResults<Result extends { key: string }>(
  file: string,
  schema: z.ZodType<Result>,
): KeptResults<Result> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  if (lines.length > 0 && lines.at(-1) !== '') writeFileSync(file, lines.slice(0, -1).map((line) => `${line}\n`).join('')); // prettier-ignore
  const known = new Map<string, Result>();
  for (const [at, line] of lines.slice(0, -1).entries()) {
    const result = parseLine(line, `${file}:${at + 1}`, schema);
    known.set(result.key, result);
  }
  return {
    find: (key) => known.get(key),
    add: (result) => {
      appendFileSync(file, `${JSON.stringify(result)}\n`);
      known.set(result.key, result);
    },
  };
}

function parseLine<Result>(line: string, where: string, schema: z.ZodType<Result>): Result {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    const hint = 'Remove the line; what it held is then done again.';
    throw new EupneaError('DATA_INVALID', `${where}: no result of this command`, { hint, cause: error });
  }
}
