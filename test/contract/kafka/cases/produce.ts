import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { makeBatch } from '../../../../libs/local-kafka/src/log/records.js';
import { type Context, uniqueName } from '../context.js';
import { fetchBatches, initProducerId, produceBatch } from '../raw-requests.js';

const { CompressionTypes } = kafkajs;
const NONE = 0;
const CORRUPT_MESSAGE = 2;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const MESSAGE_TOO_LARGE = 10;
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
const INVALID_PRODUCER_EPOCH = 47;
/** Unlike the time of arrival, and not so old that retention takes the record away. */
const CREATE_TIME = Date.now() - 3_600_000;

export function produceCases(context: () => Context): void {
  const batch = (value: string) => makeBatch([{ value: Buffer.from(value), timestamp: CREATE_TIME }]);
  const endOf = async (topic: string) => Number((await context().admin.fetchTopicOffsets(topic))[0]?.high);

  test('records come back as they were sent: order, keys, headers, empty and null values', async () => {
    const topic = await context().topic();
    await context().send(topic, [
      { key: 'k', value: 'first', headers: { h: 'x', empty: '' } },
      { key: null, value: '' },
      { key: 'gone', value: null },
    ]);
    const messages = await context().read(topic, 3);
    expect(messages.map(({ offset }) => offset)).toEqual(['0', '1', '2']);
    expect(messages.map(({ key, value }) => [key?.toString(), value?.toString()])).toEqual([
      ['k', 'first'],
      [undefined, ''],
      ['gone', undefined],
    ]);
    expect(messages[0]?.headers).toEqual({ h: Buffer.from('x'), empty: Buffer.alloc(0) });
  });

  test('every compression passes through', async () => {
    const topic = await context().topic();
    const producer = context().kafka.producer();
    await producer.connect();
    const codecs = ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const;
    for (const codec of codecs) {
      const messages = [1, 2, 3].map((n) => ({ value: `${codec} ${n} `.repeat(50) }));
      await producer.send({ topic, messages, compression: CompressionTypes[codec] });
    }
    await producer.disconnect();
    const read = (await context().read(topic, 15)).map(({ value }) => String(value));
    expect(read).toEqual(codecs.flatMap((codec) => [1, 2, 3].map((n) => `${codec} ${n} `.repeat(50))));
  });

  test.each([0, 1, -1])('acks %i: the records are in the log', async (acks) => {
    const topic = await context().topic();
    const producer = context().kafka.producer();
    await producer.connect();
    await producer.send({ topic, acks, messages: [{ value: 'a' }] });
    expect((await context().read(topic, 1)).map(({ value }) => String(value))).toEqual(['a']);
    await producer.disconnect();
  });

  test("without LogAppendTime the producer's own time stands", async () => {
    const topic = await context().topic();
    const produced = await produceBatch(context().raw, topic, 0, batch('a'));
    expect(produced).toEqual({ errorCode: NONE, baseOffset: 0, logAppendTime: -1 });
    expect((await context().read(topic, 1))[0]?.timestamp).toBe(String(CREATE_TIME));
  });

  test('with LogAppendTime records carry the time of their arrival, never decreasing', async () => {
    const topic = await context().topic({ config: { 'message.timestamp.type': 'LogAppendTime' } });
    const before = Date.now();
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await produceBatch(context().raw, topic, 0, batch(`${n}`)));
    const times = (await context().read(topic, 5)).map(({ timestamp }) => Number(timestamp));
    expect(times).toEqual(answers.map(({ logAppendTime }) => logAppendTime));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(before);
    expect(times[4]).toBeLessThanOrEqual(Date.now());
  });

  test('a stored batch differs from the sent one in its base offset and leader epoch only', async () => {
    const topic = await context().topic();
    const sent = batch('kept as it is');
    await produceBatch(context().raw, topic, 0, batch('before'));
    await produceBatch(context().raw, topic, 0, Buffer.from(sent));
    const { records } = await fetchBatches(context().raw, { topic, offset: 1 });
    expect(records.readBigInt64BE(0)).toBe(1n);
    expect(records.subarray(16).equals(sent.subarray(16))).toBe(true);
  });

  test('a batch whose checksum does not hold is CORRUPT_MESSAGE and not stored', async () => {
    const topic = await context().topic();
    const corrupt = batch('a');
    corrupt[corrupt.length - 2] = (corrupt[corrupt.length - 2] as number) ^ 1;
    expect((await produceBatch(context().raw, topic, 0, corrupt)).errorCode).toBe(CORRUPT_MESSAGE);
    expect(await endOf(topic)).toBe(0);
  });

  test('a batch over max.message.bytes is MESSAGE_TOO_LARGE and not stored', async () => {
    const topic = await context().topic({ config: { 'max.message.bytes': '1000' } });
    expect((await produceBatch(context().raw, topic, 0, batch('x'.repeat(1_000)))).errorCode).toBe(MESSAGE_TOO_LARGE);
    expect((await produceBatch(context().raw, topic, 0, batch('x'.repeat(800)))).errorCode).toBe(NONE);
    expect(await endOf(topic)).toBe(1);
  });

  test('a partition that does not exist is UNKNOWN_TOPIC_OR_PARTITION', async () => {
    const topic = await context().topic();
    expect((await produceBatch(context().raw, topic, 7, batch('a'))).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('kafkajs, idempotent, to a topic that is made on first use', async () => {
    const topic = uniqueName('made-on-first-use');
    const producer = context().kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (let n = 0; n < 3; n++) await producer.send({ topic, messages: [{ value: `${n}` }] });
    await producer.disconnect();
    expect((await context().read(topic, 3)).map(({ value }) => String(value))).toEqual(['0', '1', '2']);
  });

  test('idempotence: a repeated batch is stored once and gets its first answer', async () => {
    const topic = await context().topic();
    const producer = await initProducerId(context().raw);
    const sequenced = (baseSequence: number) => makeBatch([{}, {}], { ...producer, baseSequence });
    const first = await produceBatch(context().raw, topic, 0, sequenced(0));
    const second = await produceBatch(context().raw, topic, 0, sequenced(2));
    expect([first.errorCode, first.baseOffset, second.errorCode, second.baseOffset]).toEqual([NONE, 0, NONE, 2]);
    expect(await produceBatch(context().raw, topic, 0, sequenced(0))).toMatchObject({ errorCode: NONE, baseOffset: 0 });
    expect(await produceBatch(context().raw, topic, 0, sequenced(2))).toMatchObject({ errorCode: NONE, baseOffset: 2 });
    expect(await endOf(topic)).toBe(4);
  });

  test('idempotence: a gap in the sequence is refused, and the missing batch is still welcome', async () => {
    const topic = await context().topic();
    const producer = await initProducerId(context().raw);
    const sequenced = (baseSequence: number) => makeBatch([{}], { ...producer, baseSequence });
    const produce = async (baseSequence: number) =>
      (await produceBatch(context().raw, topic, 0, sequenced(baseSequence))).errorCode;
    expect(await produce(0)).toBe(NONE);
    expect(await produce(2)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await produce(1)).toBe(NONE);
    expect(await produce(2)).toBe(NONE);
    expect(await endOf(topic)).toBe(3);
  });

  test('idempotence: an older epoch is refused, a newer one begins at sequence 0', async () => {
    const topic = await context().topic();
    const { id } = await initProducerId(context().raw);
    const produce = async (epoch: number, baseSequence: number) => {
      const sequenced = makeBatch([{}], { id, epoch, baseSequence });
      return (await produceBatch(context().raw, topic, 0, sequenced)).errorCode;
    };
    expect(await produce(1, 0)).toBe(NONE);
    expect(await produce(0, 1)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await produce(2, 1)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await produce(2, 0)).toBe(NONE);
  });

  test('idempotence: every producer gets an id of its own', async () => {
    const ids = [await initProducerId(context().raw), await initProducerId(context().raw)];
    expect(ids.map(({ errorCode, epoch }) => [errorCode, epoch])).toEqual([
      [NONE, 0],
      [NONE, 0],
    ]);
    expect(ids[0]?.id).not.toBe(ids[1]?.id);
  });
}
