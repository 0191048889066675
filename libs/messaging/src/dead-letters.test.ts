import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_HEADERS, TOPIC_SETTINGS, TOPICS, deadLetterTopic, reject } from '#libs/contracts';
import { deadLetterOf } from './dead-letters.js';
import { type LogRecord, sizeOfHeaders } from './log-record.js';
import { batchesOf } from './producer.js';

const record = (changes: Partial<LogRecord>): LogRecord => ({
  topic: TOPICS.audio,
  partition: 3,
  offset: 17n,
  appendTimeMs: 1_000,
  key: Buffer.from('subject'),
  value: Buffer.from('rubbish'),
  headers: { own: Buffer.from('header') },
  ...changes,
});
const letterOf = (changes: Partial<LogRecord>) =>
  deadLetterOf(record(changes), reject('UNKNOWN_FRAMING', 'no'), 'read');

describe('a dead letter', () => {
  test('keeps the largest record that brokers take, byte for byte', () => {
    const value = Buffer.alloc(2 ** 20, 7);
    const letter = letterOf({ value });
    expect(letter.value?.equals(value)).toBe(true);
    expect(letter).toMatchObject({ partition: 3, key: Buffer.from('subject') });
    expect(letter.headers).toMatchObject({ own: Buffer.from('header') });
  });

  test.each([
    ['value', { value: Buffer.alloc(5_000_000) }, '5000000'],
    ['key', { key: Buffer.alloc(5_000_000) }, '7'],
    ['headers', { headers: { many: Array.from({ length: 1_000 }, () => Buffer.alloc(5_000)) } }, '7'],
  ])('of a record whose %s unpacked to more than any broker takes fits its topic, and says so', (_, changes, bytes) => {
    const letter = letterOf(changes);
    expect(letter.headers?.[DEAD_LETTER_HEADERS.truncatedFrom]).toBe(bytes);
    const size = (letter.key?.length ?? 0) + (letter.value?.length ?? 0) + sizeOfHeaders(letter.headers ?? {});
    expect(size).toBeLessThan(Number(TOPIC_SETTINGS[deadLetterTopic(TOPICS.audio)]?.['max.message.bytes']) / 2);
  });
});

test('headers with several values count all of them, so that a send stays under its limit', () => {
  const headers = { many: Array.from({ length: 10 }, () => Buffer.alloc(1_000)) };
  const records = [1, 2, 3].map((k) => ({ topic: 'a', key: String(k), value: null, headers }));
  expect([...batchesOf(records, 15_000)]).toHaveLength(3);
});
