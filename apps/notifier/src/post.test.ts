import type { LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AddressPolicy } from '#libs/delivery';
import { guardedLookup, post } from './post.js';

/** Answers each look-up with the next of these lists, and the last one from then on. */
const resolver = (...answers: LookupAddress[][]) =>
  ((_host: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(null, (answers.length > 1 ? answers.shift() : answers[0]) ?? [])) as unknown as typeof lookup;

const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

function look(resolve: typeof lookup, all: boolean): Promise<unknown> {
  return new Promise((done) => {
    guardedLookup(new AddressPolicy([]), resolve)('host', { all }, (error, address) => done(error ?? address));
  });
}

describe('the look-up of a connection', () => {
  test('gives only addresses that are permitted', async () => {
    const mixed = resolver(at('10.0.0.1', '1.1.1.1', '::ffff:127.0.0.1'));
    expect(await look(mixed, true)).toEqual(at('1.1.1.1'));
    expect(await look(mixed, false)).toBe('1.1.1.1');
  });

  test('fails where there is none', async () => {
    for (const all of [true, false]) {
      expect(await look(resolver(at('169.254.169.254', 'fd00::1')), all)).toMatchObject({ code: 'ADDRESS_REFUSED' });
    }
  });

  test('judges each answer anew, so that a name which changes leads nowhere', async () => {
    const changing = resolver(at('1.1.1.1'), at('127.0.0.1'));
    expect(await look(changing, false)).toBe('1.1.1.1');
    expect(await look(changing, false)).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
});

describe('a request', () => {
  let connections = 0;
  const server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/unended') {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      return;
    }
    if (request.url === '/switching') {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      return;
    }
    if (request.url === '/endless') {
      const write = (): boolean => response.write('x'.repeat(16_384)) && !response.destroyed && write();
      response.on('drain', write);
      write();
      return;
    }
    request.resume().on('end', () => response.writeHead(429, { 'retry-after': '7' }).end('later'));
  });
  server.on('connection', () => (connections += 1));
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (host: string, allowed: string[], path = '/', timeoutMs = 5_000) =>
    post(new URL(`http://${host}:${(server.address() as AddressInfo).port}${path}`), {}, '{}', {
      addresses: new AddressPolicy(allowed),
      timeoutMs,
    });

  test('brings the status and Retry-After', async () => {
    expect(await ask('localhost', ['127.0.0.1', '::1'])).toEqual({ status: 429, retryAfter: '7' });
  });

  test.each(['localhost', '127.0.0.1', '2130706433', '0x7f000001', '127.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'])(
    'to %s opens no connection',
    async (host) => {
      const before = connections;
      await expect(ask(host, ['10.0.0.0/8'])).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
      expect(connections).toBe(before);
    },
  );

  test('ends when its time is over, or the answer does not end', async () => {
    await expect(ask('127.0.0.1', ['127.0.0.1'], '/silent', 50)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await ask('127.0.0.1', ['127.0.0.1'], '/endless')).toMatchObject({ status: 200 });
  });

  test('was taken when its status says so, though its body does not end in time', async () => {
    expect(await ask('127.0.0.1', ['127.0.0.1'], '/unended', 50)).toMatchObject({ status: 200 });
  });

  test('ends when the other side switches protocols', async () => {
    expect(await ask('127.0.0.1', ['127.0.0.1'], '/switching')).toMatchObject({ status: 101 });
  }, 2_000);
});
