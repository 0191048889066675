import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { firstRules } from './first-rules.js';

const folder = mkdtempSync(join(tmpdir(), 'eupnea-first-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([folder, join(folder, 'nowhere')])('no rules are no rules to put in force: %s', (empty) => {
  const said = { code: 'CONFIG_INVALID', message: expect.stringContaining(empty) as string };
  expect(() => firstRules(empty)).toThrow(expect.objectContaining(said) as Error);
});

test('the rules that ship are read', () => {
  expect(Object.keys(firstRules('rules'))).toEqual(['devices.yaml', 'heavy-breathing.yaml', 'resting-rate.yaml']);
});

test('an unusable rule refuses all of them', () => {
  writeFileSync(join(folder, 'bad.yaml'), 'rules: [{ id: x }]');
  expect(() => firstRules(folder)).toThrow(expect.objectContaining({ code: 'RULES_INVALID' }) as Error);
});
