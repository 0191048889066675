import { ERROR_CODES } from '#libs/contracts';
import type { FoundLetter } from './letter-log.js';

const LONGEST_KEY_CHARACTERS = 40;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\uFFFD]/gu;

/** What may be shown of a letter: everything but its bytes, which may be speech, and its own headers. */
export interface LetterLine {
  topic: string;
  partition: number;
  offset: string;
  /** When the record was appended to its topic. */
  appendedAt: string;
  code: string;
  message: string;
  stage: string;
  key: string | null;
  bytes: number;
  isWhole: boolean;
  redriven: boolean;
}

export function describeLetter(letter: FoundLetter, redriven: boolean): LetterLine {
  const { topic, partition, offset, appendTimeMs, code, message, stage, isWhole, record } = letter;
  const key = record.key && printable(record.key.toString('utf8'));
  const appendedAt = new Date(appendTimeMs).toISOString();
  const bytes = record.value?.length ?? 0;
  return {
    topic,
    partition,
    offset,
    appendedAt,
    code,
    message: printable(message),
    stage,
    key,
    bytes,
    isWhole,
    redriven,
  };
}

/** One line for people. */
export function lineOf(line: LetterLine): string {
  const { topic, partition, offset, appendedAt, code, message, key, bytes, redriven } = line;
  const sender = key === null ? 'no key' : `key ${key.slice(0, LONGEST_KEY_CHARACTERS)}`;
  return `${appendedAt}  ${topic}/${partition}/${offset}  ${code}${redriven ? ' (redriven)' : ''}  ${sender}, ${bytes} bytes: ${message}`;
}

/** What the code says of every such record. */
export const meaningOf = (code: string): string =>
  code in ERROR_CODES ? ERROR_CODES[code as never] : 'not a code of this version';

/** Keys and messages may carry anything, and a terminal would obey some of it. */
const printable = (text: string): string => text.replace(UNPRINTABLE, '?');
