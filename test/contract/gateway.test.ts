import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOPICS } from '#libs/contracts';
import { encodeFrame } from '#libs/device-client';
import { issueToken } from '#libs/device-tokens';
import { recordsIn } from '../integrity/oracle/read-topic.js';
import {
  BareStream,
  CHUNK_SAMPLES,
  DEVICE_ID,
  connectDevice,
  frameOf,
  sessionOf,
  sessionsIn,
  soundOf,
  tokenFor,
} from '../support/devices.js';
import { Stack, TOKEN_SECRET, eventually, runCommand } from '../support/stack.js';

const CLIENT_TIMEOUT_MS = 3_000;
const PING_EVERY_MS = 3_000;
const MAX_SOCKETS = 12;
const CREDITS = 4;
const GATEWAY = 'dist/apps/gateway/src/main.js';

let stack: Stack;
let port: number;
let kafka: Kafka;

beforeAll(async () => {
  stack = await Stack.start(['gateway'], {
    CLICKHOUSE_URL: 'none',
    GATEWAY_CLIENT_TIMEOUT_MS: String(CLIENT_TIMEOUT_MS),
    GATEWAY_PING_EVERY_MS: String(PING_EVERY_MS),
    GATEWAY_MAX_SOCKETS: String(MAX_SOCKETS),
    GATEWAY_MAX_SESSIONS_PER_DEVICE: '2',
    GATEWAY_CREDITS: String(CREDITS),
    GATEWAY_CHUNKS_PER_SECOND: '20',
  });
  port = stack.port('gateway');
  kafka = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING });
});
afterAll(() => stack?.stop());

const heard = async () => sessionsIn([...(await recordsIn(kafka, TOPICS.audio)).values()].flat());

async function post(
  subject: string,
  described: Record<string, unknown> = {},
  init: { token?: string; body?: Uint8Array<ArrayBuffer>; header?: string } = {},
) {
  const header = init.header ?? JSON.stringify({ ...sessionOf('posted'), sampleOffset: 0, ...described });
  const headers = { authorization: `Bearer ${init.token ?? (await tokenFor(subject))}`, 'eupnea-chunk': header };
  const body = init.body ?? new Uint8Array(soundOf('posted', 0));
  const response = await fetch(`${stack.url('gateway')}/v1/audio`, { method: 'POST', headers, body });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('POST /v1/audio', () => {
  test('one chunk is durable when it is answered, with every field, under the key of its subject', async () => {
    const described = {
      ...sessionOf('one-post'),
      restState: 'rest',
      restStateSource: 'declared',
      stage: 'before',
      environment: 'indoor',
    };
    const answer = await post('piet', { ...described, sampleOffset: 0, endOfSession: true });
    expect(answer).toMatchObject({ status: 200, body: { durableOffset: CHUNK_SAMPLES } });
    const session = (await heard()).get('one-post');
    expect(session?.chunks).toEqual([
      {
        ...described,
        subjectId: 'piet',
        deviceId: DEVICE_ID,
        sampleOffset: 0,
        preRollSamples: 0,
        audio: soundOf('posted', 0),
        endOfSession: true,
      },
    ]);
  });

  test.each<[number, string, Record<string, unknown>]>([
    [400, 'INVALID_FIELD', { sampleRateHz: 100 }],
    [400, 'INVALID_FIELD', { sampleOffset: 'first' }],
    [400, 'CLOCK_OUT_OF_RANGE', { sessionStartedAt: 1_000_000 }],
    [400, 'UNKNOWN_ENCODING', { encoding: 'mp3' }],
    [400, 'UNDECODABLE_AUDIO', { encoding: 'flac' }],
    [403, 'TOKEN_MISMATCH', { subjectId: 'somebody else' }],
    [403, 'TOKEN_MISMATCH', { deviceId: 'something else' }],
  ])('%i %s: %o', async (status, code, described) => {
    const answer = await post('paula', { ...described, sessionId: JSON.stringify(described) });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('a session that changes what is fixed is SESSION_CHANGED', async () => {
    expect((await post('pia', sessionOf('fixed'))).status).toBe(200);
    const answer = await post('pia', { ...sessionOf('fixed'), sampleRateHz: 16_000 });
    expect(answer).toMatchObject({ status: 409, body: { code: 'SESSION_CHANGED' } });
  });

  test('what is no description, and what is longer than a chunk may be, is refused', async () => {
    expect(await post('paul', {}, { header: 'hello' })).toMatchObject({
      status: 400,
      body: { code: 'MALFORMED_MESSAGE' },
    });
    const large = await post('paul', {}, { body: Buffer.alloc(512 * 1024 + 1) });
    expect(large).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
  });

  test('a body without end is cut off at the bound', async () => {
    const token = await tokenFor('endless');
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    const described = JSON.stringify({ ...sessionOf('endless'), sampleOffset: 0 });
    socket.write(
      `POST /v1/audio HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nEupnea-Chunk: ${described}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    let answer = '';
    socket.on('data', (data) => (answer += String(data)));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const part = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')]);
    const sending = setInterval(() => socket.write(part), 5);
    await closed;
    clearInterval(sending);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('"code":"TOO_LARGE"');
  });

  test('a device that sends too many chunks a second is told when to come back', async () => {
    const token = await tokenFor('hasty');
    const answers = await Promise.all(Array.from({ length: 60 }, () => post('hasty', sessionOf('hasty'), { token })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ body: { code: 'TOO_FAST' } });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('tokens', () => {
  test.each<[string, string, () => Promise<string>]>([
    ['none at all', 'TOKEN_INVALID', () => Promise.resolve('')],
    ['rubbish', 'TOKEN_INVALID', () => Promise.resolve('rubbish')],
    [
      'of another secret',
      'TOKEN_INVALID',
      async () =>
        (
          await issueToken('another secret of thirty-two bytes', {
            subjectId: 'x',
            deviceId: DEVICE_ID,
            expiresAtMs: Date.now() + 60_000,
          })
        ).token,
    ],
    ['that is over', 'TOKEN_EXPIRED', () => tokenFor('x', -5_000)],
  ])('%s is %s, by POST and over the stream, and never in the log', async (_, code, make) => {
    const token = await make();
    expect(await post('x', {}, { token })).toMatchObject({ status: 401, body: { code } });
    const stream = await BareStream.open(port);
    await stream.hello('x', { token });
    expect(await stream.hear('error')).toMatchObject({ code });
    expect(await stream.closed).toBe(4_401);
    if (token.length > 20) expect(stack.log('gateway').join('\n')).not.toContain(token.slice(-20));
  });

  test('one of another subject or device is TOKEN_MISMATCH', async () => {
    for (const said of [{ subjectId: 'ruth' }, { deviceId: 'other' }]) {
      const stream = await BareStream.open(port);
      await stream.hello('rolf', said);
      expect(await stream.hear('error')).toMatchObject({ code: 'TOKEN_MISMATCH' });
      expect(await stream.closed).toBe(4_403);
    }
  });

  test('that runs out while its connection is open ends it', async () => {
    const stream = await BareStream.open(port);
    await stream.hello('mayfly', { token: await tokenFor('mayfly', 8_000) });
    await stream.hear('welcome');
    expect(await stream.hear('error', 20_000)).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  test('the commands issue one that works and revoke it: open connections end, and a new gateway knows', async () => {
    const command = async (...args: string[]) => {
      const { status, stdout, stderr } = await runCommand([GATEWAY, ...args], stack.environment());
      expect(status, stderr).toBe(0);
      return JSON.parse(stdout.trim().split('\n').at(-1) as string) as { token: string; tokenId: string };
    };
    const { token, tokenId } = await command('issue-token', '--subject', 'rita', '--device', DEVICE_ID, '--days', '1');
    expect((await post('rita', {}, { token })).status).toBe(200);
    const stream = await BareStream.open(port);
    await stream.hello('rita', { token });
    await stream.hear('welcome');

    await command('revoke-token', tokenId);
    expect(await stream.hear('error', 15_000)).toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(await post('rita', {}, { token })).toMatchObject({ status: 401, body: { code: 'TOKEN_REVOKED' } });
    await stack.kill('gateway', 'SIGKILL');
    await stack.run('gateway');
    expect(await post('rita', {}, { token })).toMatchObject({ status: 401, body: { code: 'TOKEN_REVOKED' } });
    expect((await post('rita')).status).toBe(200); // another token of the same device
  });
});

describe('the stream', () => {
  test('a session comes out of the log as it was sent, with every change on the way', async () => {
    const device = await connectDevice(port, 'anna', { situation: { restState: 'rest', restStateSource: 'declared' } });
    const id = 'session-of-anna';
    device.send(frameOf(id, 0));
    device.setSituation({ restState: 'active', stage: 'during', environment: 'outdoor' });
    device.send(frameOf(id, 1));
    await device.drained();
    await device.end(2 * CHUNK_SAMPLES);
    expect(device.clockOffsetMs).toBeLessThan(5_000);
    const chunks = (await heard()).get(id)?.chunks ?? [];
    expect(
      chunks.map(({ sampleOffset, restState, stage, environment, endOfSession }) => [
        sampleOffset,
        restState,
        stage,
        environment,
        endOfSession,
      ]),
    ).toEqual([
      [0, 'rest', 'none', 'unknown', false],
      [CHUNK_SAMPLES, 'active', 'during', 'outdoor', false],
      [2 * CHUNK_SAMPLES, 'active', 'during', 'outdoor', true],
    ]);
    expect(chunks[0]).toMatchObject({ subjectId: 'anna', deviceId: DEVICE_ID, timeZone: 'Europe/Vienna', channels: 1 });
  });

  test('acknowledges the sample behind the last durable one, and a new connection is told it', async () => {
    const first = await BareStream.open(port);
    await first.hello('otto');
    expect(await first.hear('welcome')).toMatchObject({ credits: CREDITS, durableOffset: null });
    for (const chunk of [0, 1]) first.socket.send(encodeFrame(frameOf('bare', chunk)));
    await eventually(
      'both',
      async () => (await first.hear('ack')).durableOffset,
      (offset) => offset === 2 * CHUNK_SAMPLES,
    );

    const second = await BareStream.open(port);
    await second.hello('otto', { sessionStartedAt: (await heard()).get('bare')?.chunks[0]?.sessionStartedAt });
    expect(await second.hear('welcome')).toMatchObject({ durableOffset: 2 * CHUNK_SAMPLES });
    expect(await first.hear('error')).toMatchObject({ code: 'REPLACED' });
    expect(await first.closed).toBe(4_409);
    second.socket.close();
  });

  test('a frame that cannot be used is rejected alone, and nothing of it reaches the log', async () => {
    const stream = await BareStream.open(port);
    await stream.hello('rene', { sessionId: 'partly' });
    await stream.hear('welcome');
    stream.socket.send(encodeFrame(frameOf('partly', 0)));
    stream.socket.send(encodeFrame({ ...frameOf('partly', 1), audio: new Uint8Array(3) }));
    expect(await stream.hear('rejected')).toMatchObject({ sampleOffset: CHUNK_SAMPLES, code: 'UNDECODABLE_AUDIO' });
    stream.socket.send(encodeFrame(frameOf('partly', 0)));
    expect(await stream.hear('rejected')).toMatchObject({ sampleOffset: 0, code: 'OUT_OF_ORDER' });
    stream.socket.send(encodeFrame(frameOf('partly', 1)));
    stream.say({ type: 'end', sampleOffset: 2 * CHUNK_SAMPLES });
    await stream.hear('ended');
    expect(await stream.closed).toBe(1_000);
    const session = (await heard()).get('partly');
    expect(session?.chunks).toHaveLength(3);
    expect(session?.audio).toEqual(Buffer.concat([soundOf('partly', 0), soundOf('partly', 1)]));
  });

  test.each<[string, number, string, (stream: BareStream) => unknown]>([
    [
      'INVALID_FIELD',
      4_400,
      'a sample rate that no microphone has',
      (stream) => stream.hello('bo', { sampleRateHz: 7 }),
    ],
    ['UNKNOWN_ENCODING', 4_400, 'an encoding that nobody knows', (stream) => stream.hello('bo', { encoding: 'mp3' })],
    [
      'CLOCK_OUT_OF_RANGE',
      4_400,
      'a session that begins next year',
      (stream) => stream.hello('bo', { sessionStartedAt: Date.now() + 4e10 }),
    ],
    ['MALFORMED_MESSAGE', 4_400, 'no JSON', (stream) => stream.socket.send('hello')],
    [
      'MALFORMED_MESSAGE',
      4_400,
      'sound before the hello',
      (stream) => stream.socket.send(encodeFrame(frameOf('bo', 0))),
    ],
    ['TOO_LARGE', 4_413, 'a text without end', (stream) => stream.socket.send(' '.repeat(9_000))],
    ['TIMED_OUT', 4_408, 'no hello', () => undefined],
  ])('%s (%i): %s', async (code, closeCode, _, act) => {
    const stream = await BareStream.open(port);
    await act(stream);
    expect(await stream.hear('error')).toMatchObject({ code });
    expect(await stream.closed).toBe(closeCode);
  });

  test.each<[string, number, string, (stream: BareStream) => void]>([
    ['MALFORMED_MESSAGE', 4_400, 'a frame too short for its header', (stream) => stream.socket.send(Buffer.alloc(5))],
    [
      'MALFORMED_MESSAGE',
      4_400,
      'an offset beyond the integers',
      (stream) => stream.socket.send(Buffer.alloc(14, 255)),
    ],
    ['MALFORMED_MESSAGE', 4_400, 'a second hello', (stream) => void stream.hello('bad')],
    [
      'INVALID_FIELD',
      4_400,
      'a state that there is not',
      (stream) => stream.say({ type: 'situation', restState: 'asleep' }),
    ],
    [
      'TOO_MANY_IN_FLIGHT',
      4_429,
      'more frames than credits',
      (stream) => {
        for (let chunk = 0; chunk < 60; chunk++) stream.socket.send(encodeFrame(frameOf('bad', chunk)));
      },
    ],
  ])('after the welcome, %s (%i): %s', async (code, closeCode, what, act) => {
    const stream = await BareStream.open(port);
    await stream.hello('bad', { sessionId: what });
    await stream.hear('welcome');
    act(stream);
    expect(await stream.hear('error')).toMatchObject({ code });
    expect(await stream.closed).toBe(closeCode);
  });

  test('a frame over the longest is cut off with 1009', async () => {
    const stream = await BareStream.open(port);
    stream.socket.send(Buffer.alloc(600 * 1024));
    expect(await stream.closed).toBe(1_009);
  });

  test('a device has so many sessions open, and a gateway so many connections', async () => {
    const open: BareStream[] = [];
    for (const sessionId of ['first', 'second', 'third']) {
      const stream = await BareStream.open(port);
      open.push(stream);
      await stream.hello('many', { sessionId });
      if (sessionId !== 'third') await stream.hear('welcome');
      else expect(await stream.hear('error')).toMatchObject({ code: 'TOO_MANY_SESSIONS', retryAfterSeconds: 30 });
    }
    for (let more = 0; more < MAX_SOCKETS; more++)
      await BareStream.open(port).then(
        (stream) => open.push(stream),
        () => undefined,
      );
    await expect(BareStream.open(port)).rejects.toThrow('503');
    for (const { socket } of open) socket.terminate();
    await eventually(
      'room again',
      () => BareStream.open(port),
      () => true,
    );
  });

  test('a device that sends faster than it may is slowed down, and loses nothing', async () => {
    const device = await connectDevice(port, 'speedy');
    const startedAt = Date.now();
    for (let chunk = 0; chunk < 80; chunk++) device.send(frameOf('session-of-speedy', chunk));
    await device.end(80 * CHUNK_SAMPLES);
    expect(Date.now() - startedAt).toBeGreaterThan(1_500); // 40 at once, then 20 a second
    expect((await heard()).get('session-of-speedy')?.audio).toHaveLength(160 * CHUNK_SAMPLES);
  });

  test('a device that answers no ping is cut off', async () => {
    const stream = await BareStream.open(port);
    await stream.hello('mute', { sessionId: 'mute' });
    await stream.hear('welcome');
    (stream.socket as unknown as { _autoPong: boolean })._autoPong = false;
    expect(await stream.closed).toBe(1_006);
  });
});

describe('slow clients', () => {
  test.each([
    ['headers that trickle', 'POST /v1/audio HTTP/1.1\r\n', 'X-A: b\r\n'],
    ['an upgrade that trickles', 'GET /v1/stream HTTP/1.1\r\nUpgrade: websocket\r\n', 'X-A: b\r\n'],
  ])('%s are cut off', async (_, first, more) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write(first);
    const trickle = setInterval(() => socket.write(more), 200);
    const startedAt = Date.now();
    await closed;
    clearInterval(trickle);
    expect(Date.now() - startedAt).toBeLessThan(5 * CLIENT_TIMEOUT_MS);
  });

  test('a body that trickles is cut off', async () => {
    const described = JSON.stringify({ ...sessionOf('slow'), sampleOffset: 0 });
    const token = await tokenFor('slow');
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `POST /v1/audio HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nEupnea-Chunk: ${described}\r\nContent-Length: 9000\r\n\r\n`,
    );
    const trickle = setInterval(() => socket.write('x'), 200);
    const startedAt = Date.now();
    await closed;
    clearInterval(trickle);
    expect(Date.now() - startedAt).toBeLessThan(8 * CLIENT_TIMEOUT_MS);
  });
});

test('an unknown path is NOT_FOUND, by HTTP and as an upgrade', async () => {
  const answer = await fetch(`${stack.url('gateway')}/v2`);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'NOT_FOUND' });
});

test('nothing that was refused left bytes behind, and the secret is in no log', async () => {
  await eventually(
    'nothing waits',
    async () =>
      /eupnea_gateway_waiting_bytes\{.*\} (.*)/.exec(
        await (await fetch(`${stack.url('gateway')}/metrics`)).text(),
      )?.[1],
    (waiting) => waiting === '0',
  );
  await sleep(100);
  expect(stack.log('gateway').join('\n')).not.toContain(TOKEN_SECRET);
});
