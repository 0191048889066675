import { describe } from 'vitest';

/** A suite that runs where the machine can run it and otherwise is skipped with its reason in its name. */
export function describeIf(condition: boolean, reason: string, name: string, body: () => void): void {
  if (condition) describe(name, body);
  else describe.skip(`${name} [skipped: ${reason}]`, body);
}
