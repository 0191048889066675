import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../support/stack.js';

describe('npm run rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-rules-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function rules(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/run.mjs', 'rules', ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, INIT_CWD: folder },
    });
    return { status, stderr, stdout, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' };
  }

  test('checks and tests the rules that ship', () => {
    expect(rules('check')).toMatchObject({ status: 0, lastLine: '{"files":3,"rules":5}' });
    const tested = rules('test');
    expect(tested.status, tested.stdout).toBe(0);
    expect(JSON.parse(tested.lastLine)).toMatchObject({ failed: 0 });
  });

  test('refuses a bad file with file, line and reason, and reads from the folder in which it was typed', () => {
    writeFileSync(join(folder, 'bad.yaml'), 'rules:\n  - id: x\n    descripton: typo\n');
    const { status, stderr } = rules('check', 'bad.yaml');
    expect(status).toBe(1);
    expect(stderr).toContain('RULES_INVALID');
    expect(stderr).toContain("bad.yaml:3: unknown key 'rules.0.descripton'");
    expect(rules('check', 'nothing.yaml').stderr).toContain('FILE_NOT_FOUND');
  });

  test('takes a folder for the files in it', () => {
    expect(rules('check', join(root, 'rules')).lastLine).toBe('{"files":3,"rules":5}');
    const { status, stderr } = rules('test', root);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('FILE_NOT_FOUND') });
  });

  test('says what came instead when a test fails', () => {
    const heavy = join(root, 'rules', 'heavy-breathing.yaml');
    const test = `rules: [${heavy}]\ntests:\n  - { name: wrong, rule: sustained-heavy-breathing-at-rest, series: [{ for: 8m, rate: 33 }], expect: [] }\n`;
    writeFileSync(join(folder, 'wrong.test.yaml'), test);
    const { status, stdout, stderr, lastLine } = rules('test', 'wrong.test.yaml');
    expect(status).toBe(1);
    expect(stdout).toContain('unexpected: sustained-heavy-breathing-at-rest firing at 5m30s (sustained)');
    expect(lastLine).toBe('{"passed":0,"failed":1}');
    expect(stderr).toContain('RULE_TESTS_FAILED');
  });

  test('explains itself, and prints a JSON Schema', () => {
    expect(rules('test', '--help').stdout).toContain('Examples:');
    expect(JSON.parse(rules('schema').stdout)).toHaveProperty('$schema');
  });
});
