import { DEAD_LETTER_HEADERS as HEADERS, type Reject, deadLetterTopic } from '#libs/contracts';
import { type LogRecord, type OutgoingRecord, sizeOfHeaders } from './log-record.js';

/**
 * A batch that came compressed may unpack to more than a broker takes back, and a dead letter that no broker takes would
 * stop its partition for ever. What brokers take uncompressed stays under this, and is kept whole.
 */
const LONGEST_BYTES = 1.5 * 1024 * 1024;
const KEPT_OF_LONGER_BYTES = 256 * 1024;
const LONGEST_KEY_BYTES = 1024;

/**
 * The dead letter of a record: its key, value and headers as they were, and why, where and when it was set aside. Of a
 * record too large for any topic only the beginning is kept, with its true size in a header.
 */
export function deadLetterOf(record: LogRecord, { code, message }: Reject, stage: string): OutgoingRecord {
  const original = keptOf(record);
  return {
    topic: deadLetterTopic(record.topic),
    partition: record.partition,
    ...original,
    headers: {
      ...original.headers,
      [HEADERS.code]: code,
      [HEADERS.message]: message,
      [HEADERS.stage]: stage,
      [HEADERS.topic]: record.topic,
      [HEADERS.partition]: String(record.partition),
      [HEADERS.offset]: String(record.offset),
      [HEADERS.timestamp]: String(record.appendTimeMs),
    },
  };
}

function keptOf({ key, value, headers }: LogRecord): Pick<LogRecord, 'key' | 'value' | 'headers'> {
  const valueBytes = value?.length ?? 0;
  if ((key?.length ?? 0) + valueBytes + sizeOfHeaders(headers) <= LONGEST_BYTES) return { key, value, headers };
  return {
    key: key && key.length <= LONGEST_KEY_BYTES ? key : null,
    value: value && value.subarray(0, KEPT_OF_LONGER_BYTES),
    headers: { [HEADERS.truncatedFrom]: String(valueBytes) },
  };
}

/** What a dead letter says: the record as it was, and why and where it was set aside. */
export interface DeadLetter {
  code: string;
  message: string;
  stage: string;
  /** Where the record stood. */
  topic: string;
  partition: number;
  offset: string;
  appendTimeMs: number;
  /** False where only the beginning of the record was kept. */
  isWhole: boolean;
  /**
   * The record to append so that it is read again: key, value and headers as they were. It goes to the partition of its
   * key, and without a key to the one from which it came.
   */
  original: OutgoingRecord;
}

const OWN_HEADERS = new Set<string>(Object.values(HEADERS));

/** @returns undefined for a record that `deadLetterOf` did not make */
export function readDeadLetter({ topic, key, value, headers }: LogRecord): DeadLetter | undefined {
  const text = (name: keyof typeof HEADERS) => headers[HEADERS[name]]?.toString() ?? '';
  const partition = Number(text('partition'));
  const isOurs = text('code') !== '' && deadLetterTopic(text('topic')) === topic;
  if (!isOurs || !/^\d+$/.test(text('partition')) || !/^\d+$/.test(text('offset'))) return undefined;
  const own = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
  return {
    code: text('code'),
    message: text('message'),
    stage: text('stage'),
    topic: text('topic'),
    partition,
    offset: text('offset'),
    appendTimeMs: Number(text('timestamp')),
    isWhole: headers[HEADERS.truncatedFrom] === undefined,
    original: {
      topic: text('topic'),
      ...(key === null ? { partition } : {}),
      key,
      value,
      headers: Object.fromEntries(own),
    },
  };
}
