import { expect, test } from 'vitest';
import { quarterOfHour, rangeOf, timeText } from './arguments.js';

test('a time is a quarter of an hour with its zone, in any zone', () => {
  expect(quarterOfHour('2026-11-20T00:15Z')).toBe(Date.UTC(2026, 10, 20, 0, 15));
  expect(quarterOfHour('2026-11-20T05:45:00+05:45')).toBe(Date.UTC(2026, 10, 20));
  expect(timeText(Date.UTC(2026, 10, 20, 0, 15))).toBe('2026-11-20T00:15Z');
});

test.each(['yesterday', '2026-11-20', '2026-11-20T00:15', '2026-02-31T00:00', '1969-12-31T00:00Z'])(
  '%s is refused, since it names no moment that can be meant',
  (text) => expect(() => quarterOfHour(text)).toThrow(/with its zone/),
);

test('a time between two quarters of an hour is refused with both of them', () => {
  expect(() => quarterOfHour('2026-11-20T00:07Z')).toThrow('2026-11-20T00:00Z or 2026-11-20T00:15Z');
});

test('a range that ends before it begins is refused, and so is an empty one', () => {
  const code = { code: 'USAGE' };
  expect(() => rangeOf({ from: 900_000, to: 0 })).toThrow(expect.objectContaining(code));
  expect(() => rangeOf({ from: 900_000, to: 900_000 })).toThrow(expect.objectContaining(code));
  expect(rangeOf({ from: 0, to: 900_000 })).toEqual({ fromMs: 0, toMs: 900_000 });
});
