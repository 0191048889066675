import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeBatch } from '../../../libs/local-kafka/src/log/records.js';
import { describeIf } from '../../support/describe-if.js';
import { freePort } from '../../support/free-port.js';
import { type SmallDisk, fill, mountSmallDisk } from '../../support/small-disk.js';
import { Writer } from '../../../libs/local-kafka/src/protocol/writer.js';
import { Context, uniqueName, until } from './context.js';
import { LocalProcess, launch } from './local-process.js';
import { fetchBatches, initProducerId, produceBatch } from './raw-requests.js';

const DESCRIBE_USER_SCRAM_CREDENTIALS = 50;
const UNSUPPORTED_VERSION = 35;
const KAFKA_STORAGE_ERROR = 56;
const EXIT_CONFIGURATION = 78; // a person must correct something, so a supervisor does not restart it

/** What only the local broker promises: its process may be killed at any time. */
describe('the process of local-kafka', () => {
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

  async function endOf(port: number, dataFolder: string): Promise<{ status: number | null; said: string }> {
    const child = launch(port, dataFolder);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += String(text)));
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, said };
  }

  test('SIGKILL costs no acknowledged record, no committed offset, and no memory of a producer', async () => {
    const groupId = uniqueName('group');
    const before = await during(async (context) => {
      const topic = await context.topic({ partitions: 2, config: { 'message.timestamp.type': 'LogAppendTime' } });
      const producer = await initProducerId(context.raw);
      const batch = makeBatch([{ value: Buffer.from('kept') }], { ...producer, baseSequence: 0 });
      expect((await produceBatch(context.raw, topic, 0, Buffer.from(batch))).errorCode).toBe(0);
      const partitions = [{ partition: 0, offset: '1', metadata: 'H=1' }];
      await context.admin.setOffsets({ groupId, topic, partitions });
      await broker.kill('SIGKILL');
      return { topic, batch };
    });
    await broker.run();
    await during(async (context) => {
      const { topic, batch } = before;
      expect(await context.admin.fetchTopicOffsets(topic)).toHaveLength(2);
      expect(await produceBatch(context.raw, topic, 0, batch)).toMatchObject({ errorCode: 0, baseOffset: 0 });
      expect((await context.read(topic, 1)).map(({ value }) => String(value))).toEqual(['kept']);
      const committed = await context.admin.fetchOffsets({ groupId, topics: [topic] });
      expect(committed[0]?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('1');
    });
  });

  test('a second broker neither shares the data folder nor the port', async () => {
    const sameFolder = await endOf(await freePort(), broker.dataFolder);
    expect(sameFolder.status).toBe(EXIT_CONFIGURATION);
    expect(sameFolder.said).toContain('DATA_FOLDER_UNUSABLE');
    const samePort = await endOf(broker.port, `${broker.dataFolder}-other`);
    expect(samePort.status).toBe(EXIT_CONFIGURATION);
    expect(samePort.said).toContain('PORT_IN_USE');
  });

  test('an API that the broker does not have is UNSUPPORTED_VERSION, and the connection goes on', async () => {
    await during(async (context) => {
      const refusal = await context.raw.request(DESCRIBE_USER_SCRAM_CREDENTIALS, 0, new Writer());
      expect([refusal.int32(), refusal.int16()]).toEqual([0, UNSUPPORTED_VERSION]); // not throttled, refused
      expect((await initProducerId(context.raw)).errorCode).toBe(0);
    });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly within a second, clients or not', async (signal) => {
    await during(async (context) => {
      await context.topic();
      const { milliseconds, status } = await broker.kill(signal);
      expect(status).toBe(0);
      expect(milliseconds).toBeLessThan(1_000);
    });
    await broker.run();
  });
});

const probe = mountSmallDisk(1);
probe?.unmount();
describeIf(probe !== undefined, 'this user may not mount a small disk', 'local-kafka on a disk that fills up', () => {
  let disk: SmallDisk | undefined;
  let broker: LocalProcess;
  beforeAll(async () => {
    disk = mountSmallDisk(8);
    broker = await LocalProcess.start(disk?.folder);
  });
  afterAll(async () => {
    await broker?.kill('SIGKILL');
    disk?.unmount();
  });

  test('refuses what does not fit with DISK_FULL in its log, reads on, and takes more when there is room', async () => {
    const context = await Context.open(broker);
    const topic = await context.topic();
    const batch = () => makeBatch([{ value: Buffer.alloc(10_000), timestamp: Date.now() }]);
    const produced = async () => (await produceBatch(context.raw, topic, 0, batch())).errorCode;
    expect(await produced()).toBe(0);
    const inTheWay = fill(broker.dataFolder);
    expect(await produced()).toBe(KAFKA_STORAGE_ERROR);
    await until(() => broker.output.includes('"code":"DISK_FULL"'), 'the line in the log');
    expect((await fetchBatches(context.raw, { topic, offset: 0 })).records.length).toBeGreaterThan(10_000);
    rmSync(inTheWay);
    expect(await produced()).toBe(0);
    expect(await context.admin.fetchTopicOffsets(topic)).toMatchObject([{ low: '0', high: '2' }]);
    await context.close();
  });
});
