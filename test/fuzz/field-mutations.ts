import type { AudioChunk } from '#libs/contracts';
import { BYTE_MUTATIONS, flipBits } from './byte-mutations.js';
import type { Dice } from '../support/dice.js';
import { ENCODINGS } from './specimens.js';

/** A change of a decoded chunk, which is then encoded again: well-formed, and wrong or odd. */
type FieldMutation = (dice: Dice, chunk: AudioChunk, other: AudioChunk) => Partial<AudioChunk>;

const INT_EXTREMES = [-(2 ** 31), -1, 0, 1, 2, 7, 255, 2 ** 31 - 1];
/** The largest that our writer writes; `endless number` goes beyond. */
const LARGEST_LONG = Number.MAX_SAFE_INTEGER - 1;
const LONG_EXTREMES = [-LARGEST_LONG, -1, 0, 1, 2 ** 31, 2 ** 40, LARGEST_LONG];
const ODD_TEXTS = ['', ' ', '\0', 'a\0b', '\n', '\u202e', '\ufffd', '😀', "'; --", '__proto__', 'x'.repeat(129)];
const RATES_HZ = [1, 7_999, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 96_001];
const DAY_MS = 24 * 3_600_000;

const text = (dice: Dice, text: string): string =>
  dice.chance(0.5) ? dice.pick(ODD_TEXTS) : text + dice.pick(ODD_TEXTS);

function audio(dice: Dice, chunk: AudioChunk, other: AudioChunk): Buffer {
  const { audio: bytes } = chunk;
  if (dice.chance(0.3)) return flipBits(dice, bytes, 0, Math.min(64, bytes.length)); // the header of the container
  const mutation = BYTE_MUTATIONS[dice.pick(Object.keys(BYTE_MUTATIONS))];
  return mutation === undefined ? bytes : mutation(dice, bytes, other.audio);
}

const FIELD_MUTATIONS: Record<string, FieldMutation> = {
  'another subject': (dice, { subjectId }) => ({ subjectId: text(dice, subjectId) }),
  'another device': (dice, { deviceId }) => ({ deviceId: text(dice, deviceId) }),
  'a new session': (dice) => ({ sessionId: `new-${dice.below(1_000_000)}` }),
  'an odd session': (dice, { sessionId }) => ({ sessionId: text(dice, sessionId) }),
  'a changed rate': (dice) => ({ sampleRateHz: dice.pick(dice.chance(0.5) ? RATES_HZ : INT_EXTREMES) }),
  'changed channels': (dice) => ({ channels: dice.chance(0.5) ? 1 + dice.below(8) : dice.pick(INT_EXTREMES) }),
  'another start': (dice, { sessionStartedAt }) => ({
    sessionStartedAt: dice.chance(0.5)
      ? dice.pick(LONG_EXTREMES)
      : sessionStartedAt + dice.pick([-1, 1, -9, 9]) * DAY_MS,
  }),
  'an offset that goes back': (dice, { sampleOffset }) => ({ sampleOffset: dice.below(sampleOffset + 1) }),
  'an overlap': (dice, { sampleOffset, sampleRateHz }) => ({
    sampleOffset: Math.max(0, sampleOffset - 1 - dice.below(sampleRateHz)),
  }),
  'a jump ahead': (dice, { sampleOffset, sampleRateHz }) => ({
    sampleOffset: sampleOffset + 1 + dice.below(4_000 * sampleRateHz),
  }),
  'an impossible offset': (dice) => ({ sampleOffset: dice.pick(LONG_EXTREMES) }),
  'another encoding': (dice) => ({ encoding: dice.pick([...ENCODINGS, 'unknown'] as const) }),
  'an odd pre-roll': (dice) => ({ preRollSamples: dice.pick(INT_EXTREMES) }),
  'broken sound': (dice, chunk, other) => ({ audio: audio(dice, chunk, other) }),
  'sound of another': (_, __, other) => ({ audio: other.audio }),
  'random sound': (dice) => ({ audio: dice.bytes(dice.below(400)) }),
  'no sound': () => ({ audio: Buffer.alloc(0) }),
  // Rarely as much as is refused: a minute costs as long as hundreds of other messages.
  'much sound': (dice, { sampleRateHz, channels }) => ({
    encoding: 'pcm_s16le',
    audio: Buffer.alloc((dice.chance(0.005) ? 55 + dice.below(10) : 1) * sampleRateHz * channels * 2),
  }),
  'an odd time zone': (dice) => ({ timeZone: dice.chance(0.8) ? dice.pick(ODD_TEXTS) : 'Z'.repeat(300_000) }),
  'another situation': (dice) => ({
    restState: dice.pick(['rest', 'active', 'unknown'] as const),
    stage: dice.pick(['none', 'before', 'after'] as const),
  }),
  'an end': (dice) => ({ endOfSession: dice.chance(0.1) }), // behind it a stream brings nothing any more
};

/** One to three of them at once. */
export function mutateFields(dice: Dice, chunk: AudioChunk, other: AudioChunk): AudioChunk {
  let mutated = chunk;
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const mutation = FIELD_MUTATIONS[dice.pick(Object.keys(FIELD_MUTATIONS))];
    if (mutation) mutated = { ...mutated, ...mutation(dice, chunk, other) };
  }
  return mutated;
}
