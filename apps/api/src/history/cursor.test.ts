import { expect, test } from 'vitest';
import { alertCursorText, cursorText, parseAlertCursor, parseCursor } from './cursor.js';

const refusal = expect.objectContaining({ code: 'INVALID_PARAMETER' }) as Error;
const packed = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

test('cursors come back as what they were', () => {
  const alert = { startedAt: 1_795_703_790_372, alertId: '0db97d36-ec42-5398-8edb-53f1f0ad34c5' };
  expect(parseAlertCursor(alertCursorText(alert))).toEqual(alert);
  const estimate = { windowStart: -1, deviceId: 'd', sessionId: 's', startSample: 16_000, windowSamples: 80_000 };
  expect(parseCursor(cursorText(estimate))).toEqual(estimate);
});

test.each([1.5, 1e300, '1', null])('a time that the store could not read is refused: %s', (time) => {
  expect(() => parseAlertCursor(packed([time, 'a']))).toThrow(refusal);
  expect(() => parseCursor(packed([time, 'd', 's', 0, 1]))).toThrow(refusal);
  expect(() => parseCursor(packed([0, 'd', 's', 0, -1]))).toThrow(refusal);
});
