import type { Dice } from '../support/dice.js';

/** A change of some bytes; `other` are the bytes of another valid message. */
type ByteMutation = (dice: Dice, bytes: Buffer, other: Buffer) => Buffer;

/** A copy in which this many bits of [from, to) are turned over. */
export function flipBits(dice: Dice, bytes: Buffer, from = 0, to = bytes.length, most = 8): Buffer {
  const flipped = Buffer.from(bytes);
  if (to <= from) return flipped;
  for (let flips = 1 + dice.below(most); flips > 0; flips--) {
    const at = from + dice.below(to - from);
    flipped[at] = (flipped[at] as number) ^ (1 << dice.below(8));
  }
  return flipped;
}

const FRAME_BYTES = 10;
/** The fields before the audio lie in about so many bytes. */
const FIELD_BYTES = 90;
const LONGEST_VARINT = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xff];

const spliced = (head: Buffer, middle: Buffer, tail: Buffer) => Buffer.concat([head, middle, tail]);
const placeIn = (dice: Dice, bytes: Buffer) =>
  dice.chance(0.7) ? dice.below(Math.min(bytes.length, FIELD_BYTES) + 1) : dice.below(bytes.length + 1);

/** What noise on the way, bad memory and bad writers make of a message. */
export const BYTE_MUTATIONS: Record<string, ByteMutation> = {
  'flipped bits': (dice, bytes) => flipBits(dice, bytes),
  'flipped framing': (dice, bytes) => flipBits(dice, bytes, 0, Math.min(FRAME_BYTES, bytes.length)),
  'flipped fields': (dice, bytes) => flipBits(dice, bytes, FRAME_BYTES, Math.min(FIELD_BYTES, bytes.length)),
  'interesting byte': (dice, bytes) => {
    const changed = Buffer.from(bytes);
    if (bytes.length > 0) changed[Math.min(placeIn(dice, bytes), bytes.length - 1)] = dice.pick(INTERESTING);
    return changed;
  },
  'cut short': (dice, bytes) => bytes.subarray(0, placeIn(dice, bytes)),
  'tail added': (dice, bytes) => Buffer.concat([bytes, dice.bytes(1 + dice.below(64))]),
  'bytes removed': (dice, bytes) => {
    const at = placeIn(dice, bytes);
    return spliced(bytes.subarray(0, at), Buffer.alloc(0), bytes.subarray(at + 1 + dice.below(16)));
  },
  'bytes inserted': (dice, bytes) => {
    const at = placeIn(dice, bytes);
    return spliced(bytes.subarray(0, at), dice.bytes(1 + dice.below(16)), bytes.subarray(at));
  },
  'endless number': (dice, bytes) => {
    const at = placeIn(dice, bytes);
    return spliced(bytes.subarray(0, at), LONGEST_VARINT, bytes.subarray(at + dice.below(4)));
  },
  'two messages spliced': (dice, bytes, other) =>
    spliced(bytes.subarray(0, placeIn(dice, bytes)), Buffer.alloc(0), other.subarray(placeIn(dice, other))),
  'stretch repeated': (dice, bytes) => {
    const at = placeIn(dice, bytes);
    const stretch = bytes.subarray(at, at + 1 + dice.below(200));
    return spliced(bytes.subarray(0, at), stretch, bytes.subarray(at));
  },
};
