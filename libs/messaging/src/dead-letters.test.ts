import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_HEADERS, TOPIC_SETTINGS, TOPICS, deadLetterTopic, reject } from '#libs/contracts';
import { deadLetterOf, readDeadLetter } from './dead-letters.js';
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

describe('what a dead letter says', () => {
  const back = (changes: Partial<LogRecord>) => {
    const letter = letterOf(changes);
    return readDeadLetter({
      ...record({}),
      ...letter,
      headers: letter.headers ?? {},
      key: letter.key as Buffer | null,
    });
  };

  test('is the record as it was, to go to the partition of its key', () => {
    const headers = { own: Buffer.from('header'), several: [Buffer.from('a'), Buffer.from('b')] };
    expect(back({ headers })).toEqual({
      code: 'UNKNOWN_FRAMING',
      message: 'no',
      stage: 'read',
      topic: TOPICS.audio,
      partition: 3,
      offset: '17',
      appendTimeMs: 1_000,
      isWhole: true,
      original: { topic: TOPICS.audio, key: Buffer.from('subject'), value: Buffer.from('rubbish'), headers },
    });
  });

  test('without a key it goes back to where it came from', () => {
    expect(back({ key: null })?.original).toMatchObject({ partition: 3, key: null });
  });

  test('tells when only its beginning was kept', () => {
    expect(back({ value: Buffer.alloc(5_000_000) })?.isWhole).toBe(false);
  });

  test('is nothing where somebody else wrote into the topic', () => {
    expect(readDeadLetter(record({ topic: deadLetterTopic(TOPICS.audio) }))).toBeUndefined();
  });
});
