import { isDeepStrictEqual } from 'node:util';
import type { Row, Rows } from './rows.js';

export interface Comparison {
  missing: number;
  /** Rows that nobody expects, and repetitions of expected ones. */
  extra: number;
  different: number;
  /** The first few faults, for whoever has to find the cause. */
  examples: string[];
}

const MOST_EXAMPLES = 5;

/** Holds what is there against what must be there, row by row and value by value. */
export function compare(expected: Rows, found: Rows): Comparison {
  const result: Comparison = { missing: 0, extra: 0, different: 0, examples: [] };
  const tell = (fault: string) => {
    if (result.examples.length < MOST_EXAMPLES) result.examples.push(fault);
  };
  for (const [key, [wanted]] of expected) {
    const rows = found.get(key) ?? [];
    if (rows.length === 0) {
      result.missing += 1;
      tell(`missing ${key}`);
    } else if (rows.length > 1) {
      result.extra += rows.length - 1;
      tell(`${rows.length} times ${key}`);
    } else if (!isDeepStrictEqual(rows[0], wanted)) {
      result.different += 1;
      tell(`different ${key}: ${differences(wanted as Row, rows[0] as Row)}`);
    }
  }
  for (const [key, rows] of found) {
    if (expected.has(key)) continue;
    result.extra += rows.length;
    tell(`extra ${key}`);
  }
  return result;
}

function differences(wanted: Row, found: Row): string {
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])]
    .filter((column) => !isDeepStrictEqual(wanted[column], found[column]))
    .map((column) => `${column} is ${JSON.stringify(found[column])}, not ${JSON.stringify(wanted[column])}`)
    .join('; ');
}
