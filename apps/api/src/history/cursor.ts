import type { EstimateCursor } from '#libs/store';
import { z } from 'zod';
import { ProblemError } from '../http/problem.js';

const cursorSchema = z.tuple([z.number(), z.string(), z.string(), z.number(), z.number()]);

/** Where a page ended, as an opaque text for the next request. */
export function cursorText({ windowStart, deviceId, sessionId, startSample, windowSamples }: EstimateCursor): string {
  return Buffer.from(JSON.stringify([windowStart, deviceId, sessionId, startSample, windowSamples])).toString(
    'base64url',
  );
}

/** @throws ProblemError INVALID_PARAMETER when the text is none of ours */
export function parseCursor(text: string): EstimateCursor {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [windowStart, deviceId, sessionId, startSample, windowSamples] = cursorSchema.parse(decoded);
    return { windowStart, deviceId, sessionId, startSample, windowSamples };
  } catch {
    const message = 'is no `next` of an answer of this path';
    throw new ProblemError('INVALID_PARAMETER', `cursor: ${message}`, [{ parameter: 'cursor', message }]);
  }
}
