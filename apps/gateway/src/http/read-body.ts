import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.js';

/**
 * Reads a request's body, up to a bound, after its sender was let in. What lies beyond the bound is not kept: Node reads
 * and drops it, so that the answer arrives, until the request's time is over. By events, since leaving an iterator
 * early would destroy the connection before the answer.
 * @throws Refusal TOO_LARGE; MALFORMED_MESSAGE when the sender goes before its end
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(new Refusal('TOO_LARGE', `a chunk has up to ${maxBytes} bytes of audio`));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    const take = (part: Buffer) => {
      bytes += part.length;
      if (bytes <= maxBytes) return void parts.push(part);
      request.off('data', take);
      parts.length = 0;
      tooLarge();
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('close', () => reject(new Refusal('MALFORMED_MESSAGE', 'the request broke off before its end')));
  });
}
