import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.js';

/**
 * Reads a request's body, up to a bound, after its sender was let in. How long that may take is the server's affair.
 * @throws Refusal TOO_LARGE; MALFORMED_MESSAGE when the sender goes before its end
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new Refusal('TOO_LARGE', `a chunk has up to ${maxBytes} bytes of audio`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxBytes) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('MALFORMED_MESSAGE', 'the request broke off before its end');
  }
  return Buffer.concat(parts, bytes);
}
