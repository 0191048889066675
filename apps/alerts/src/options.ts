import { parseDuration } from '#libs/alert-rules';
import { InvalidArgumentError } from 'commander';

/** Parses an option's value as a duration such as 90s, 5m or 1h. @returns milliseconds */
export function durationOption(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs === 0) {
    throw new InvalidArgumentError('A duration such as 90s, 5m or 1h is needed.');
  }
  return durationMs;
}

/** A value that says something: what a shell's variable left empty would fit nothing. */
export function textOption(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

/** Collects the values of an option that may be given several times. */
export const several = (text: string, before: readonly string[] = []): string[] => [...before, textOption(text)];

/** Collects severities. */
export function severityOption(text: string, before: readonly string[] = []): string[] {
  if (['info', 'warning', 'critical'].includes(text)) return [...before, text];
  throw new InvalidArgumentError('info, warning or critical is needed.');
}

/** Collects labels, each as NAME=PATTERN. */
export function labelOption(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, pattern] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || pattern === undefined) throw new InvalidArgumentError('NAME=PATTERN is needed.');
  return { ...before, [name]: pattern };
}

/** Ids of alerts and silences. */
export function idArgument(text: string): string {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)) return text;
  throw new InvalidArgumentError('An id such as 2f6d1c9e-5b1a-5c2f-9d7e-0a1b2c3d4e5f is needed.');
}
