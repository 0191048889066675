import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareHome } from './home.js';
import { describeStatus } from './live-status.js';
import { lockHome } from './lock.js';
import { LogFile } from './log-file.js';
import { parseOptions } from './options.js';
import { requireFreePorts } from './ports.js';
import { Screen } from './screen.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eupnea-checks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('ports', () => {
  test.each(['127.0.0.1', '::'])('one that is taken on %s is named with its user and its setting', async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    await expect(requireFreePorts([{ port, setting: 'API_PORT', usedBy: 'api' }])).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`${port} (api, API_PORT)`) as string,
      hint: expect.stringContaining('API_PORT=') as string,
    });
    server.close();
  });

  const isAdministrator = process.getuid?.() === 0 || process.platform !== 'linux';
  test.skipIf(isAdministrator)('one that this user may not have is refused as that', async () => {
    const use = { port: 1, setting: 'API_PORT', usedBy: 'api' };
    await expect(requireFreePorts([use])).rejects.toThrow('API_PORT: this user may not listen on port 1');
  });

  test('two programs cannot share one', async () => {
    const shared = (setting: string) => ({ port: 3999, setting, usedBy: 'x' });
    await expect(requireFreePorts([shared('API_PORT'), shared('KAFKA_PORT')])).rejects.toThrow(
      'API_PORT and KAFKA_PORT are both 3999',
    );
  });
});

describe('the data folder', () => {
  test('is made when absent', () => {
    expect(prepareHome(join(folder, 'a', 'b'))).toContain('b');
  });

  test('that is a file is refused', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => prepareHome(join(folder, 'file', 'b'))).toThrow(
      expect.objectContaining({ code: 'DATA_FOLDER_UNUSABLE' }),
    );
  });

  test('on a full disk is refused', () => {
    expect(() => prepareHome(folder, Number.MAX_SAFE_INTEGER)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  });

  test('is held by one run at a time', async () => {
    const unlock = await lockHome(folder);
    await expect(lockHome(folder)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    unlock();
    (await lockHome(folder))();
  });

  test('is free again after its holder was killed, even when the process number lives on', async () => {
    writeFileSync(join(folder, 'lock'), `${process.pid} 1\n`);
    (await lockHome(folder))();
  });
});

test('a log file that grew too long is put aside', () => {
  mkdirSync(join(folder, 'logs'));
  const file = new LogFile(join(folder, 'logs'), 'x', 10);
  for (let line = 0; line < 5; line++) file.write('0123456789');
  file.close();
  expect(readFileSync(join(folder, 'logs', 'x.log'), 'utf8').length).toBeLessThanOrEqual(22);
  expect(existsSync(join(folder, 'logs', 'x.log.1'))).toBe(true);
});

describe('options', () => {
  test('have defaults', () => {
    expect(parseOptions([])).toEqual({ fleet: 8, speed: 1, forMs: undefined });
  });
  test('are read', () => {
    expect(parseOptions(['--fleet', '20', '--speed', '2.5', '--for', '2m'])).toEqual({
      fleet: 20,
      speed: 2.5,
      forMs: 120_000,
    });
    expect(parseOptions(['--no-fleet']).fleet).toBeUndefined();
  });
  test.each([['--fleet', '-1'], ['--fleet', 'many'], ['--speed', '0'], ['--for', 'soon'], ['--unknown'], ['word']])(
    'that make no sense are refused: %s %s',
    (...argv) => {
      expect(() => parseOptions(argv.filter(Boolean))).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});

describe('the live line', () => {
  test('says what is known and leaves out what is not', () => {
    const status = {
      streams: 1,
      windowsPerSecond: 0.33,
      lagSeconds: null,
      windowEndToEstimateSeconds: null,
      simulatedTruth: null,
    };
    expect(describeStatus(status)).toBe('1 stream | 0.3 windows/s | lag - | window end to estimate -');
    expect(describeStatus(undefined)).toBe('the api does not answer');
  });

  test('is rewritten in place on a terminal, below the lines that stay', () => {
    let written = '';
    const screen = new Screen({
      write: (text: string | Uint8Array) => Boolean((written += String(text))),
      isTTY: true,
      columns: 40,
    });
    screen.update('live');
    screen.print('stays');
    expect(written).toBe('\r\u001b[2Klive\r\u001b[2Kstays\nlive');
  });

  test('is a line of its own without a terminal', () => {
    let written = '';
    const screen = new Screen({
      write: (text: string | Uint8Array) => Boolean((written += String(text))),
      isTTY: false,
      columns: 0,
    });
    screen.update('live');
    screen.print('stays');
    expect(written).toBe('live\nstays\n');
  });
});
