import { lookup as resolveHost } from 'node:dns';
import { type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { EupneaError } from '#libs/contracts';
import type { AddressPolicy } from '#libs/delivery';

/** An answer's body is of no use to us, but whoever sends one may finish. */
const MOST_ANSWER_BYTES = 64 * 1024;

export interface Answer {
  status: number;
  retryAfter: string | undefined;
}

/**
 * One POST over a connection of its own, to an address that the policy permits; follows no redirect.
 * @throws EupneaError ADDRESS_REFUSED; whatever the network throws, a time-out among it
 */
export function post(
  target: URL,
  headers: Record<string, string>,
  body: string,
  { addresses, timeoutMs }: { addresses: AddressPolicy; timeoutMs: number },
): Promise<Answer> {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  // What is an address already is connected to without a look-up.
  if (isIP(host) !== 0 && !addresses.permits(host)) return Promise.reject(refused(host));
  const options: RequestOptions = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'eupnea-notifier', ...headers },
    agent: false,
    lookup: guardedLookup(addresses),
    signal: AbortSignal.timeout(timeoutMs),
  };
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(target, options, (response) => {
      // The status decides, however the body ends.
      const done = () => resolve(answerOf(response));
      request.off('error', reject).on('error', done);
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_ANSWER_BYTES) response.destroy();
      });
      response.once('error', () => undefined);
      response.once('close', done);
    });
    // Nobody asked for another protocol; unheard, such an answer would never end, and no time-out would end it.
    request.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve(answerOf(response));
    });
    request.once('error', reject);
    request.end(body);
  });
}

const answerOf = ({ statusCode = 0, headers }: IncomingMessage): Answer => ({
  status: statusCode,
  retryAfter: headers['retry-after'],
});

/** Resolves a host for a connection, which then goes to the very address that was judged: no second look-up, no race. */
export function guardedLookup(addresses: AddressPolicy, resolve: typeof resolveHost = resolveHost): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const permitted = found.filter(({ address }) => addresses.permits(address));
      const [first] = permitted;
      if (first === undefined) return callback(refused(host), '');
      return options.all ? callback(null, permitted) : callback(null, first.address, first.family);
    });
  };
}

const refused = (host: string) =>
  new EupneaError('ADDRESS_REFUSED', `${host} has no address that may be connected to`, {
    hint: 'allowAddresses of the receiver says what may be, beside public addresses.',
  });
