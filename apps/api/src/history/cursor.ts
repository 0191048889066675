import type { AlertCursor, EstimateCursor } from '#libs/store';
import { z } from 'zod';
import { ProblemError } from '../http/problem.js';

const estimateCursor = z.tuple([z.int(), z.string(), z.string(), z.int(), z.uint32()]);
const alertCursor = z.tuple([z.int(), z.string()]);

/** Where a page ended, as an opaque text for the next request. */
export function cursorText({ windowStart, deviceId, sessionId, startSample, windowSamples }: EstimateCursor): string {
  return packed([windowStart, deviceId, sessionId, startSample, windowSamples]);
}

/** @throws ProblemError INVALID_PARAMETER when the text is none of ours */
export function parseCursor(text: string): EstimateCursor {
  const [windowStart, deviceId, sessionId, startSample, windowSamples] = unpacked(text, estimateCursor);
  return { windowStart, deviceId, sessionId, startSample, windowSamples };
}

/** The same of a page of alerts. */
export const alertCursorText = ({ startedAt, alertId }: AlertCursor): string => packed([startedAt, alertId]);

/** @throws ProblemError INVALID_PARAMETER when the text is none of ours */
export function parseAlertCursor(text: string): AlertCursor {
  const [startedAt, alertId] = unpacked(text, alertCursor);
  return { startedAt, alertId };
}

const packed = (parts: (string | number)[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

function unpacked<Schema extends z.ZodType>(text: string, schema: Schema): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    const message = 'is no `next` of an answer of this path';
    throw new ProblemError('INVALID_PARAMETER', `cursor: ${message}`, [{ parameter: 'cursor', message }]);
  }
}
