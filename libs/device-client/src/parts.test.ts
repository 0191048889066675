import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backoff } from './backoff.js';
import { ClockOffset } from './clock-offset.js';
import { decodeFrame, encodeFrame } from './frame.js';

test('a frame is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.nat({ max: 2 ** 31 - 1 }),
      fc.uint8Array({ maxLength: 50 }),
      (sampleOffset, preRollSamples, audio) => {
        const frame = decodeFrame(encodeFrame({ sampleOffset, preRollSamples, audio }));
        expect(frame).toEqual({ sampleOffset, preRollSamples, audio });
      },
    ),
  );
});

test('what is too short, or lies beyond the exact integers, is no frame', () => {
  expect(decodeFrame(new Uint8Array(11))).toBeUndefined();
  expect(decodeFrame(new Uint8Array(12).fill(255))).toBeUndefined();
});

test('waits double up to the longest, keep at least half, and begin anew after a success', () => {
  const waits = (random: number) => {
    const backoff = new Backoff({ firstMs: 100, longestMs: 500, random: () => random });
    return [backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next(1_000)];
  };
  expect(waits(0)).toEqual([50, 100, 200, 250, 1_250]);
  expect(waits(0.999)).toEqual([100, 200, 400, 500, 1_500]);
  const backoff = new Backoff({ firstMs: 100, random: () => 0 });
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(50);
});

test('the clock offset is that of the quickest answer among the last few', () => {
  const clock = new ClockOffset();
  expect(clock.offsetMs).toBeUndefined();
  clock.add(0, 400, 1_500); // slow: says 1300
  clock.add(1_000, 1_010, 2_005); // quick: says 1000
  expect(clock.offsetMs).toBe(1_000);
  for (let n = 0; n < 8; n++) clock.add(2_000, 2_100, 4_050); // the quick one is forgotten
  expect(clock.offsetMs).toBe(2_000);
});
