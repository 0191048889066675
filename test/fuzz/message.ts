import { encode } from '#libs/contracts';
import type { LogRecord } from '#libs/messaging';
import { BYTE_MUTATIONS } from './byte-mutations.js';
import type { Dice } from '../support/dice.js';
import { mutateFields } from './field-mutations.js';
import { PARTITION, type Specimen } from './specimens.js';

/** What is thrown, without its place in the log. */
export type Thrown = Pick<LogRecord, 'key' | 'value' | 'headers'>;

const VALID_SHARE = 0.25;
const FIELD_SHARE = 0.35;
const GARBAGE_SHARE = 0.05;
const WRONG_KEY_SHARE = 0.03;

/** The next message to throw: a valid one, one with changed fields, one with changed bytes, or garbage. */
export function throwMessage(dice: Dice, specimens: readonly Specimen[]): Thrown {
  const specimen = dice.pick(specimens);
  const chunk = specimen.next();
  const dices = dice.next();
  if (dices < VALID_SHARE) {
    specimen.advance();
    return thrown(dice, chunk.subjectId, encode('AudioChunk', chunk));
  }
  const other = dice.pick(specimens).next();
  if (dices < VALID_SHARE + FIELD_SHARE) {
    const mutated = mutateFields(dice, chunk, other);
    return thrown(
      dice,
      dice.chance(WRONG_KEY_SHARE) ? chunk.subjectId : mutated.subjectId,
      encode('AudioChunk', mutated),
    );
  }
  if (dices < VALID_SHARE + FIELD_SHARE + GARBAGE_SHARE) return thrown(dice, chunk.subjectId, garbage(dice));
  const mutation = BYTE_MUTATIONS[dice.pick(Object.keys(BYTE_MUTATIONS))];
  const bytes = encode('AudioChunk', chunk);
  return thrown(dice, chunk.subjectId, mutation ? mutation(dice, bytes, encode('AudioChunk', other)) : bytes);
}

function thrown(dice: Dice, subjectId: string, value: Buffer | null): Thrown {
  const key = dice.chance(WRONG_KEY_SHARE) ? dice.pick([null, Buffer.alloc(0), dice.bytes(9)]) : Buffer.from(subjectId);
  const headers = dice.chance(0.1) ? { trace: dice.bytes(5), several: [dice.bytes(2), dice.bytes(2)] } : {};
  return { key, value, headers };
}

function garbage(dice: Dice): Buffer | null {
  return dice.pick([
    () => null,
    () => Buffer.alloc(0),
    () => Buffer.alloc(dice.below(2_000)),
    () => dice.bytes(dice.below(500)),
    () => Buffer.concat([Buffer.from([0xc3, 0x01]), dice.bytes(dice.below(200))]),
    () => Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), dice.bytes(50)]),
    () => encode('Watermark', { processedThrough: dice.below(2 ** 31), caughtUp: true }),
  ])();
}

export const inLog = (thrown: Thrown, offset: number, appendTimeMs: number): LogRecord => ({
  ...thrown,
  topic: 'fuzz',
  partition: PARTITION,
  offset: BigInt(offset),
  appendTimeMs,
});
