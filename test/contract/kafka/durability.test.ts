import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HEADER_BYTES, claimedSizeBytes, isIntact } from '../../../libs/local-kafka/src/log/record-batch.js';
import { makeBatch, readRecords } from '../../../libs/local-kafka/src/log/records.js';
import { Context, uniqueName, until } from './context.js';
import { LocalProcess, PROGRAM } from './local-process.js';
import { RawClient } from './raw-client.js';
import { commitOffset, fetchBatches, produceBatch } from './raw-requests.js';

/** Each is about a second on two cores. More of them: DURABILITY_KILLS=200 npm run test:contract -- -- durability */
const KILLS = Number(process.env['DURABILITY_KILLS'] ?? 10);
const SEED = Number(process.env['DURABILITY_SEED'] ?? Date.now() % 1_000_000);
const [PARTITIONS, WRITERS] = [3, 4];
const [SOONEST_KILL_MS, LATEST_KILL_MS] = [20, 300];
/** Random bytes; fewer, and two batches might be the same by chance. */
const LEAST_RECORD_BYTES = 16;
const MOST_RECORD_BYTES = 8_000;
const NO_MEMBER = { memberId: '', generation: -1 };

let broker: LocalProcess;
beforeAll(async () => void (broker = await LocalProcess.start()));
afterAll(() => broker.stop());

async function during<T>(use: (context: Context) => Promise<T>): Promise<T> {
  const context = await Context.open(broker);
  try {
    return await use(context);
  } finally {
    await context.close();
  }
}

/** A number in [0, 1) from the seed and whatever names the draw, so that a failing run can be repeated. */
const draw = (...names: (string | number)[]): number =>
  createHash('sha256')
    .update([SEED, ...names].join())
    .digest()
    .readUInt32BE() /
  2 ** 32;
/** Of the records alone: a batch's header changes at its append. */
const fingerprint = (batch: Buffer): string => createHash('sha256').update(batch.subarray(HEADER_BYTES)).digest('hex');

/** Every batch of a partition as it can be read, by its first offset. */
async function stored(client: RawClient, topic: string, partition: number): Promise<Map<number, Buffer>> {
  const batches = new Map<number, Buffer>();
  for (let offset = 0; ;) {
    const { records } = await fetchBatches(client, { topic, partition, offset });
    if (records.length === 0) return batches;
    for (let at = 0; at < records.length; at += claimedSizeBytes(records, at)) {
      const batch = records.subarray(at, at + claimedSizeBytes(records, at));
      expect(isIntact(batch)).toBe(true);
      const [first] = readRecords(batch);
      expect(first?.offset).toBe(offset); // no gap and no overlap
      batches.set(offset, batch);
      offset += readRecords(batch).length;
    }
  }
}

test(
  `what was acknowledged is there unchanged after ${KILLS} SIGKILLs during writes (seed ${SEED})`,
  async () => {
    const group = uniqueName('durable');
    // Small segments, so that kills also meet a new segment and the index of the former.
    const config = { 'segment.bytes': '200000', 'message.timestamp.type': 'LogAppendTime' };
    const topic = await during((context) => context.topic({ partitions: PARTITIONS, config }));
    const sent = new Set<string>();
    const acknowledged: { partition: number; offset: number; print: string }[] = [];
    let lastCommitted = 0;

    const write = async (kill: number, writer: number) => {
      const client = await RawClient.connect(broker.brokers);
      for (let n = 0; ; n++) {
        const size = (k: number) => LEAST_RECORD_BYTES + Math.floor(MOST_RECORD_BYTES * draw(kill, writer, n, k) ** 3);
        const records = Array.from({ length: 1 + (n % 4) }, (_, k) => ({ value: randomBytes(size(k)) }));
        const batch = makeBatch(records);
        const [partition, print] = [(writer + n) % PARTITIONS, fingerprint(batch)];
        sent.add(print);
        const { errorCode, baseOffset } = await produceBatch(client, topic, partition, batch);
        expect(errorCode).toBe(0);
        acknowledged.push({ partition, offset: baseOffset, print });
      }
    };
    const commit = async () => {
      const client = await RawClient.connect(broker.brokers);
      for (;;) {
        const next = { topic, offset: lastCommitted + 1, metadata: `H=${lastCommitted}` };
        expect(await commitOffset(client, group, NO_MEMBER, next)).toBe(0);
        lastCommitted++;
      }
    };
    const untilKilled = (work: Promise<never>) =>
      work.catch((error: Error) => {
        if (!/closed the connection|ECONNRE/.test(error.message)) throw error;
      });

    for (let kill = 0; kill < KILLS; kill++) {
      const before = acknowledged.length;
      const working = [commit(), ...Array.from({ length: WRITERS }, (_, writer) => write(kill, writer))].map(
        untilKilled,
      );
      await until(() => acknowledged.length > before, 'the first acknowledgement');
      await sleep(SOONEST_KILL_MS + (LATEST_KILL_MS - SOONEST_KILL_MS) * draw(kill, 'moment'));
      await broker.kill('SIGKILL');
      await Promise.all(working);
      await broker.run('--flush-ms', kill % 2 === 0 ? '0' : '1000');
      await during(async (context) => {
        const committed = await context.admin.fetchOffsets({ groupId: group, topics: [topic] });
        const offset = Number(committed[0]?.partitions.find(({ partition }) => partition === 0)?.offset);
        expect([lastCommitted, lastCommitted + 1]).toContain(offset); // the last one may lack its answer alone
        lastCommitted = offset;
      });
      expect(broker.output).not.toContain('SEGMENT_DAMAGED');
    }

    await during(async ({ raw }) => {
      const partitions = await Promise.all(Array.from({ length: PARTITIONS }, (_, id) => stored(raw, topic, id)));
      for (const { partition, offset, print } of acknowledged) {
        const batch = partitions[partition]?.get(offset);
        expect(batch && fingerprint(batch)).toBe(print);
      }
      const all = partitions.flatMap((batches) => [...batches.values()].map(fingerprint));
      for (const print of all) expect(sent.has(print)).toBe(true); // not acknowledged, perhaps, but as it was sent
      expect(new Set(all).size).toBe(all.length);
      const segments = readdirSync(broker.partitionFolder(topic, 0)).filter((name) => name.endsWith('.log'));
      expect(segments.length).toBeGreaterThan(1);
      const counts = { kills: KILLS, seed: SEED, acknowledged: acknowledged.length, lost: 0, changed: 0 };
      console.log(JSON.stringify({ ...counts, unacknowledgedButStored: all.length - acknowledged.length }));
    });
  },
  60_000 + KILLS * 10_000,
);

test('consumers are led past a flipped bit: the log names the partition and its offsets, and --check does', async () => {
  const topic = await during(async (context) => {
    const name = await context.topic();
    for (const value of ['before', 'damaged', 'after']) await context.send(name, [{ value }]);
    return name;
  });
  await broker.crash((folderOf) => {
    const [name] = readdirSync(folderOf(topic, 0)).filter((file) => file.endsWith('.log'));
    const file = join(folderOf(topic, 0), name as string);
    const content = readFileSync(file);
    const at = content.indexOf('damaged');
    content[at] = (content[at] as number) ^ 1;
    writeFileSync(file, content);
  });
  await during(async (context) => {
    const read = (await context.read(topic, 2)).map(({ offset, value }) => [offset, String(value)]);
    expect(read).toEqual([
      ['0', 'before'],
      ['2', 'after'],
    ]);
  });
  const line = broker.output.split('\n').find((text) => text.includes('SEGMENT_DAMAGED')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ firstOffset: 1, nextOffset: 2 });
  expect((JSON.parse(line) as { file: string }).file).toContain(join(topic, '0'));
  await broker.kill('SIGTERM');
  const check = spawnSync(process.execPath, [PROGRAM, '--check', '--data', broker.dataFolder], { encoding: 'utf8' });
  expect(check.status).toBe(1);
  const report = JSON.parse(check.stdout.trim().split('\n').at(-1) ?? '') as { damaged: object[] };
  expect(report.damaged).toMatchObject([{ firstOffset: 1, nextOffset: 2 }]);
  await broker.run();
});
