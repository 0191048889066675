import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Broker, type Client, codeOf } from './broker.js';
import { frames } from './frames.js';
import { apiNameOf, supports } from './protocol/apis.js';
import { ErrorCode, KafkaError } from './protocol/error-codes.js';
import { Reader } from './protocol/reader.js';
import { Writer } from './protocol/writer.js';
import { HANDLERS } from './requests/index.js';

/**
 * Serves one connection: its requests one after another, answers in the same order, as the protocol wants. While an
 * answer waits (a long poll, a join) or the client does not read, nothing further is read.
 */
export async function serve(socket: Socket, broker: Broker, stopping: AbortSignal): Promise<void> {
  const closed = new AbortController();
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // 'close' follows
  socket.once('close', () => closed.abort());
  const gone = AbortSignal.any([closed.signal, stopping]);
  gone.addEventListener('abort', () => socket.destroy());
  try {
    for await (const frame of frames(socket)) {
      const answer = await answerTo(frame, socket, broker, gone);
      if (answer === undefined) continue;
      if (!send(socket, answer)) await once(socket, 'drain', { signal: gone });
    }
  } catch (error) {
    if (!gone.aborted) broker.logger.warn({ reason: (error as Error).message }, 'a connection was closed');
  } finally {
    socket.destroy();
  }
}

async function answerTo(frame: Buffer, socket: Socket, broker: Broker, gone: AbortSignal): Promise<Writer | undefined> {
  const request = new Reader(frame);
  const apiKey = request.int16();
  const version = request.int16();
  const answer = new Writer().int32(request.int32()); // the correlation id
  const client: Client = { id: request.nullableString() ?? '', host: `/${socket.remoteAddress ?? ''}`, gone };
  const name = apiNameOf(apiKey);
  if (name === undefined || (name !== 'ApiVersions' && !supports(name, version))) {
    broker.logger.warn({ apiKey, version, client: client.id }, 'a request that this broker does not know');
    return refusal(answer, ErrorCode.UNSUPPORTED_VERSION);
  }
  try {
    const body = await HANDLERS[name](request, version, broker, client);
    if (body === undefined) return undefined;
    for (const buffer of body.buffers()) answer.raw(buffer);
    return answer;
  } catch (error) {
    broker.logger.warn({ request: name, version, client: client.id, err: error }, 'a request could not be read');
    return refusal(answer, error instanceof KafkaError ? error.code : codeOf(error, broker));
  }
}

/** The form that most answers begin with: throttle time, error code. Whoever sends what we do not advertise reads it. */
const refusal = (answer: Writer, code: ErrorCode): Writer => answer.int32(0).int16(code);

function send(socket: Socket, answer: Writer): boolean {
  const size = Buffer.allocUnsafe(4);
  size.writeInt32BE(answer.length);
  socket.cork();
  let flowing = socket.write(size);
  for (const buffer of answer.buffers()) flowing = socket.write(buffer);
  socket.uncork();
  return flowing;
}
