import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readReceivers } from './read-receivers.js';

describe('the file of receivers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-receivers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([join(folder, 'nothing.yaml'), folder])('is named where it cannot be read: %s', (file) => {
    const said = { code: 'CONFIG_INVALID', message: `NOTIFIER_CONFIG: there is no file ${file} to read` };
    expect(() => readReceivers(file)).toThrow(expect.objectContaining(said) as Error);
  });

  test('is refused where a secret cannot be read', () => {
    const file = join(folder, 'receivers.yaml');
    const receiver = `{ name: ward, kind: webhook, url: 'https://example.org/', secret: { file: ${folder} } }`;
    writeFileSync(file, `receivers:\n  - ${receiver}\nroutes:\n  - receivers: [ward]\n`);
    expect(() => readReceivers(file)).toThrow(`${file}:2: receivers.0.secret: there is nothing in the file ${folder}`);
  });
});
