import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type LocalKafka, startLocalKafka } from './index.js';
import { makeBatch } from './log/records.js';
import { Segment } from './log/segment.js';
import { APIS } from './protocol/apis.js';
import { ErrorCode } from './protocol/error-codes.js';
import { Reader } from './protocol/reader.js';
import { Writer } from './protocol/writer.js';

const DEAD_PID = 2 ** 22 + 1; // above what Linux gives out

let dataFolder: string;
let broker: LocalKafka;
beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'local-kafka-'));
  broker = await startLocalKafka({ port: 0, dataFolder });
});
afterEach(async () => {
  await broker.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

async function connected(): Promise<Socket> {
  const socket = connect(broker.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends one request and reads the one answer, behind its correlation id. */
async function ask(socket: Socket, apiKey: number, version: number, body: Buffer = Buffer.alloc(0)): Promise<Reader> {
  const request = new Writer().int16(apiKey).int16(version).int32(77).string('test').raw(body);
  socket.write(Buffer.concat([new Writer().int32(request.length).toBuffer(), request.toBuffer()]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  const reader = new Reader(answer);
  expect([reader.int32(), reader.int32()]).toEqual([answer.length - 4, 77]);
  return reader;
}

it.each([
  ['a request that no broker knows', 9_999, 0, ErrorCode.UNSUPPORTED_VERSION],
  ['a request that this broker does not have', 24, 0, ErrorCode.UNSUPPORTED_VERSION],
  ['a version that is not advertised', APIS.Metadata.key, 12, ErrorCode.UNSUPPORTED_VERSION],
  ['a request that ends too early', APIS.JoinGroup.key, 4, ErrorCode.INVALID_REQUEST],
])('answers %s with an error code and serves the connection on', async (_, apiKey, version, code) => {
  const socket = await connected();
  const answer = await ask(socket, apiKey, version);
  expect(answer.int32()).toBe(0);
  expect(answer.int16()).toBe(code);
  expect((await ask(socket, APIS.ApiVersions.key, 0)).int16()).toBe(ErrorCode.NONE);
  socket.destroy();
});

it('closes a connection on which something else than Kafka is spoken, and only that one', async () => {
  const socket = await connected();
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await once(socket, 'close');
  expect((await ask(await connected(), APIS.ApiVersions.key, 0)).int16()).toBe(ErrorCode.NONE);
});

it('refuses a folder that another broker serves, and a port that is taken', async () => {
  const sameFolder = startLocalKafka({ port: 0, dataFolder });
  await expect(sameFolder).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
  const other = join(dataFolder, 'other');
  const samePort = startLocalKafka({ port: broker.port, dataFolder: other });
  await expect(samePort).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  expect(existsSync(join(other, 'lock'))).toBe(false);
});

it('takes over the lock of a process that is no more, and lets go of its own', async () => {
  await broker.close();
  expect(existsSync(join(dataFolder, 'lock'))).toBe(false);
  writeFileSync(join(dataFolder, 'lock'), String(DEAD_PID));
  broker = await startLocalKafka({ port: 0, dataFolder });
  expect((await ask(await connected(), APIS.ApiVersions.key, 0)).int16()).toBe(ErrorCode.NONE);
});

it('answers with --flush-ms 0 only when records and offsets are on the disk', async () => {
  await broker.close();
  broker = await startLocalKafka({ port: 0, dataFolder, flushEveryMs: 0 });
  const socket = await connected();
  await ask(socket, APIS.Metadata.key, 4, new Writer().int32(1).string('t').boolean(true).toBuffer()); // makes it
  let onDisk: () => void = () => undefined;
  const flush = vi.spyOn(Segment.prototype, 'flush').mockReturnValue(new Promise((resolve) => (onDisk = resolve)));
  const records = makeBatch([{ value: Buffer.from('v') }]);
  const produce = new Writer().string(null).int16(1).int32(1_000).int32(1).string('t').int32(1).int32(0).bytes(records);
  let answered = false;
  const answer = ask(socket, APIS.Produce.key, 7, produce.toBuffer()).finally(() => (answered = true));
  await sleep(100);
  expect([flush.mock.calls.length, answered]).toEqual([1, false]);
  onDisk();
  await answer;
  flush.mockRestore();

  const commit = new Writer()
    .string('g')
    .int32(-1)
    .string('')
    .int64(-1)
    .int32(1)
    .string('t')
    .int32(1)
    .int32(0)
    .int64(1);
  const committed = await ask(socket, APIS.OffsetCommit.key, 2, commit.string('').toBuffer());
  expect(
    committed.array(() => (committed.string(), committed.array(() => [committed.int32(), committed.int16()]))),
  ).toEqual([[[0, ErrorCode.NONE]]]);
  socket.destroy();
});

it('stops at once although a fetch is waiting', async () => {
  const socket = await connected();
  await ask(socket, APIS.Metadata.key, 4, new Writer().int32(1).string('t').boolean(true).toBuffer()); // makes it
  const fetch = new Writer().int32(-1).int32(60_000).int32(1).int32(1_000).int8(0);
  fetch.int32(1).string('t').int32(1).int32(0).int64(0).int32(1_000);
  let answered = false;
  void ask(socket, APIS.Fetch.key, 4, fetch.toBuffer()).then(() => (answered = true));
  await sleep(100);
  expect(answered).toBe(false);
  const startedAt = Date.now();
  await broker.close();
  expect(Date.now() - startedAt).toBeLessThan(1_000);
  socket.destroy();
});
