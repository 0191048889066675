import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { registerCodecs } from './codecs.js';
import { headersOf } from './header-decoding.js';

const require = createRequire(import.meta.url);
type Encode = (record: object) => { buffer: Buffer };
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as Encode;
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => {
  readVarInt(): number;
};
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
  decoder: object,
  context: object,
) => { headers: Record<string, unknown> };

test('a record of twenty thousand headers is read at once, and whole', async () => {
  await registerCodecs();
  const headers = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'x']));
  const { buffer } = encodeRecord({ key: Buffer.from('k'), value: Buffer.from('v'), headers });
  const decoder = new Decoder(buffer);
  decoder.readVarInt(); // the record's length
  const read = decodeRecord(decoder, { firstOffset: '0', firstTimestamp: '0', magicByte: 2 });
  expect(Object.keys(read.headers)).toHaveLength(20_000);
  expect(read.headers['h19999']).toEqual(Buffer.from('x'));
});

test('a name with several values keeps all of them, in order, and no name is special', () => {
  const pairs = [
    { key: 'toString', value: Buffer.from('1') },
    { key: '__proto__', value: Buffer.from('2') },
    { key: 'several', value: Buffer.from('3') },
    { key: 'several', value: null },
  ];
  expect(Object.entries(headersOf(pairs))).toEqual([
    ['toString', Buffer.from('1')],
    ['__proto__', Buffer.from('2')],
    ['several', [Buffer.from('3'), null]],
  ]);
});
