import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keptResults } from './kept-results.js';

const schema = z.strictObject({ key: z.string(), value: z.number() });
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'eupnea-kept-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('kept results', () => {
  it('are found again, but for a line that a stop cut off', () => {
    const file = join(folder, 'points.jsonl');
    const kept = keptResults(file, schema);
    expect(kept.find('a')).toBeUndefined();
    kept.add({ key: 'a', value: 1 });
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"key":"b","val`);
    const again = keptResults(file, schema);
    expect([again.find('a')?.value, again.find('b')]).toEqual([1, undefined]);
    again.add({ key: 'b', value: 2 });
    expect(keptResults(file, schema).find('b')?.value).toBe(2);
  });

  it('of another command are refused with file and line', () => {
    const file = join(folder, 'points.jsonl');
    writeFileSync(file, '{"key":"a","value":1}\n{"key":"b"}\n');
    expect(() => keptResults(file, schema)).toThrow(`${file}:2: no result of this command`);
  });
});
