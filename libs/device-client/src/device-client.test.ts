import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { DeviceClient, type DeviceClientOptions } from './device-client.js';
import { type Frame, decodeFrame } from './frame.js';
import type { ClientMessage, ServerMessage } from './protocol.js';

/** One connection as the other side sees it. */
interface Connection {
  socket: WebSocket;
  texts: ClientMessage[];
  frames: Frame[];
  say(message: ServerMessage): void;
}

let server: WebSocketServer;
let connections: Connection[];
let client: DeviceClient | undefined;
/** Answers a hello. */
let welcome: (connection: Connection) => void;

beforeEach(async () => {
  connections = [];
  welcome = ({ say }) => say({ type: 'welcome', credits: 3, durableOffset: null, serverTime: Date.now() });
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    const say = (message: ServerMessage) => socket.send(JSON.stringify(message));
    const connection: Connection = { socket, texts: [], frames: [], say };
    connections.push(connection);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) connection.frames.push(decodeFrame(data) as Frame);
      else {
        const message = JSON.parse(String(data)) as ClientMessage;
        connection.texts.push(message);
        if (message.type === 'hello') welcome(connection);
      }
    });
  });
});
afterEach(async () => {
  client?.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function connect(options: Partial<DeviceClientOptions> = {}): DeviceClient {
  client = new DeviceClient({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'a token',
    session: {
      sessionId: 'session',
      sessionStartedAt: 1_790_000_000_000,
      sampleRateHz: 16_000,
      channels: 1,
      encoding: 'pcm_s16le',
      timeZone: 'UTC',
    },
    backoff: { firstMs: 10, longestMs: 40 },
    openSocket: (url) => new WebSocket(url),
    ...options,
  });
  return client;
}

const chunk = (sampleOffset: number): Frame => ({
  sampleOffset,
  preRollSamples: 0,
  audio: new Uint8Array(200).fill(sampleOffset),
});

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 18_000;
  while (!holds()) {
    if (Date.now() > deadline)
      throw new Error(`waited in vain; ${JSON.stringify(connections.map(({ texts }) => texts))}`);
    await sleep(5);
  }
}

const offsets = (index: number) => connections[index]?.frames.map(({ sampleOffset }) => sampleOffset) ?? [];

test('no more frames are unacknowledged than credits were granted', async () => {
  const device = connect();
  for (const offset of [0, 100, 200, 300, 400]) device.send(chunk(offset));
  await until(() => offsets(0).length === 3);
  await sleep(50);
  expect(offsets(0)).toEqual([0, 100, 200]);
  connections[0]?.say({ type: 'ack', durableOffset: 200 });
  await until(() => offsets(0).length === 5);
  expect(device.buffered).toBe(3);
});

test('after a cut everything that was not acknowledged is sent again, in order, and nothing else', async () => {
  const device = connect();
  for (const offset of [0, 100, 200, 300]) device.send(chunk(offset));
  await until(() => offsets(0).length === 3);
  connections[0]?.say({ type: 'ack', durableOffset: 100 });
  await until(() => offsets(0).length === 4);
  connections[0]?.socket.terminate();
  await until(() => offsets(1).length === 3);
  expect(offsets(1)).toEqual([100, 200, 300]);
  expect(connections[1]?.frames[0]?.audio).toEqual(Buffer.from(chunk(100).audio));
});

test('what the welcome says to be durable is not sent again', async () => {
  welcome = ({ say }) => say({ type: 'welcome', credits: 3, durableOffset: 200, serverTime: Date.now() });
  const device = connect();
  for (const offset of [0, 100, 200]) device.send(chunk(offset));
  await until(() => offsets(0).length === 1);
  expect(offsets(0)).toEqual([200]);
});

test('a full buffer says so and takes nothing', () => {
  const device = connect({ maxBufferedBytes: 500 });
  expect([0, 100, 200].map((offset) => device.send(chunk(offset)))).toEqual([true, true, false]);
  expect(device.buffered).toBe(2);
});

test('a change of the situation is told before the chunk that it holds for, also over the next connection', async () => {
  const device = connect({ situation: { restState: 'rest' } });
  device.send(chunk(0));
  device.setSituation({ restState: 'active', stage: 'during' });
  device.send(chunk(100));
  await until(() => offsets(0).length === 2);
  const told = (index: number) =>
    connections[index]?.texts.map((text) => 'restState' in text && [text.type, text.restState]);
  expect(told(0)).toEqual([
    ['hello', 'rest'],
    ['situation', 'active'],
  ]);
  connections[0]?.say({ type: 'ack', durableOffset: 100 });
  await until(() => device.buffered === 1);
  connections[0]?.socket.terminate();
  await until(() => offsets(1).length === 1);
  expect(told(1)).toEqual([['hello', 'active']]);
});

test('the end is said after the last chunk, again after a cut, and resolves when it is durable', async () => {
  const device = connect();
  device.send(chunk(0));
  const ended = device.end(100);
  const said = (index: number) => connections[index]?.texts.at(-1);
  await until(() => said(0)?.type === 'end');
  connections[0]?.socket.terminate();
  await until(() => said(1)?.type === 'end');
  expect(offsets(1)).toEqual([0]);
  connections[1]?.say({ type: 'ack', durableOffset: 100 });
  connections[1]?.say({ type: 'ended' });
  await ended;
  expect(device.buffered).toBe(0);
});

test('one chunk that is refused is let go, and the rest goes on', async () => {
  const rejected: number[] = [];
  const device = connect({ onRejected: ({ sampleOffset }) => rejected.push(sampleOffset) });
  for (const offset of [0, 100, 200, 300]) device.send(chunk(offset));
  await until(() => offsets(0).length === 3);
  connections[0]?.say({ type: 'rejected', sampleOffset: 100, code: 'UNDECODABLE_AUDIO', message: 'no' });
  await until(() => offsets(0).length === 4);
  expect(rejected).toEqual([100]);
  connections[0]?.say({ type: 'ack', durableOffset: 400 });
  await device.drained();
});

describe('a refusal', () => {
  test('for good ends the client with its code', async () => {
    welcome = ({ say }) => say({ type: 'error', code: 'TOKEN_REVOKED', message: 'revoked', serverTime: 0 });
    const device = connect();
    device.send(chunk(0));
    await expect(device.drained()).rejects.toMatchObject({ name: 'GatewayRefusal', code: 'TOKEN_REVOKED' });
    expect(() => device.send(chunk(100))).toThrow('revoked');
    await sleep(100);
    expect(connections).toHaveLength(1);
  });

  test('for now is tried again, not before the time that was asked for', async () => {
    welcome = ({ say }) =>
      connections.length > 1
        ? say({ type: 'welcome', credits: 1, durableOffset: null, serverTime: Date.now() })
        : say({ type: 'error', code: 'OVERLOADED', message: 'later', serverTime: 0, retryAfterSeconds: 0.3 });
    const startedAt = Date.now();
    connect().send(chunk(0));
    await until(() => offsets(1).length === 1);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
  });

  test('of a frame that is too large to be read is for good', async () => {
    const device = connect();
    device.send(chunk(0));
    await until(() => offsets(0).length === 1);
    connections[0]?.socket.close(1009);
    await expect(device.drained()).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

test('a gateway that says nothing any more is asked, and then left for a new connection', async () => {
  connect({ silenceMs: 1_500 });
  await until(() => connections.some(({ texts }) => texts.at(-1)?.type === 'ping'));
  const asked = connections.length;
  await until(() => connections.length > asked);
});

test('the clock offset comes from the quickest answer', async () => {
  welcome = ({ say }) => say({ type: 'welcome', credits: 1, durableOffset: null, serverTime: Date.now() + 5_000 });
  const device = connect();
  await until(() => device.clockOffsetMs !== undefined);
  expect(device.clockOffsetMs).toBeGreaterThan(4_000);
  expect(device.clockOffsetMs).toBeLessThan(6_000);
});

test('a client that is closed waits for nothing', async () => {
  const device = connect();
  device.send(chunk(0));
  const drained = device.drained();
  device.close();
  await expect(drained).rejects.toThrow('closed');
});
