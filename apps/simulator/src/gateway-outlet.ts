import { decodeAudio } from '#libs/audio';
import { type AudioChunk, EupneaError, TOPICS, decode } from '#libs/contracts';
import { DeviceClient, GatewayRefusal, type Rejected } from '#libs/device-client';
import type { OutgoingRecord } from '#libs/messaging';
import type { Logger } from '#libs/platform';
import { WebSocket } from 'ws';
import type { Outlet } from './outlet.js';

/** By then somebody wants to know why nothing moves. */
const PATIENCE_MS = 3_000;
/** After a stop the gateway gets so long to acknowledge what ends the sessions. */
const LAST_WORDS_MS = 500;

/** One session over the client that devices use. */
interface Stream {
  client: DeviceClient;
  /** First sample that was not sent. */
  nextOffset: number;
}

export interface GatewayOutletOptions {
  /** Of the gateway, http or https. */
  url: string;
  tokenFor: (chunk: AudioChunk) => Promise<string>;
  /** Takes what is no audio. */
  rest: Outlet | undefined;
  logger: Logger;
}

/** Sends chunks as devices do: a connection for each session, everything kept until it is durable. */
export class GatewayOutlet implements Outlet {
  private readonly streams = new Map<string, Stream>();
  private readonly streamUrl: string;
  private rejected: Rejected | undefined;

  constructor(private readonly options: GatewayOutletOptions) {
    this.streamUrl = new URL('/v1/stream', options.url.replace(/^http/, 'ws')).href;
  }

  async send(records: OutgoingRecord[], signal: AbortSignal): Promise<void> {
    const { rest, logger, url } = this.options;
    const others = records.filter(({ topic }) => topic !== TOPICS.audio);
    const sending: Promise<unknown>[] = others.length > 0 && rest ? [rest.send(others, signal)] : [];
    for (const { topic, value } of records) {
      if (topic !== TOPICS.audio) continue;
      const chunk = chunkOf(value);
      sending.push(this.sendChunk(await this.streamOf(chunk), chunk));
    }
    const impatience = setTimeout(() => logger.warn(`waiting for the gateway at ${url}`), PATIENCE_MS);
    try {
      await untilStopped(Promise.all(sending), signal);
    } catch (error) {
      throw error instanceof GatewayRefusal ? new EupneaError(error.code, `the gateway: ${error.message}`) : error;
    } finally {
      clearTimeout(impatience);
    }
    if (this.rejected) throw new EupneaError(this.rejected.code, `the gateway: ${this.rejected.message}`);
  }

  async close(): Promise<void> {
    for (const { client } of this.streams.values()) client.close();
    await this.options.rest?.close();
  }

  /** Resolves when the chunk is durable. */
  private sendChunk(stream: Stream, chunk: AudioChunk): Promise<void> {
    const { client } = stream;
    const { sampleOffset, preRollSamples, audio, endOfSession } = chunk;
    const { restState, restStateSource, stage, environment } = chunk;
    const samples = decodeAudio(chunk);
    const end = sampleOffset + (samples.kind === 'ok' ? samples.value.length : 0);
    if (end > stream.nextOffset) {
      client.setSituation({ restState, restStateSource, stage, environment });
      client.send({ sampleOffset, preRollSamples, audio });
      stream.nextOffset = end;
    } // else it is a repetition, and a device knows what was acknowledged
    if (!endOfSession) return client.drained();
    this.streams.delete(keyOf(chunk));
    return client.end(stream.nextOffset);
  }

  private async streamOf(chunk: AudioChunk): Promise<Stream> {
    const { subjectId, deviceId, sessionId, sessionStartedAt, sampleRateHz, channels, encoding, timeZone } = chunk;
    const known = this.streams.get(keyOf(chunk));
    if (known) return known;
    const client = new DeviceClient({
      url: this.streamUrl,
      token: await this.options.tokenFor(chunk),
      owner: { subjectId, deviceId },
      session: { sessionId, sessionStartedAt, sampleRateHz, channels, encoding, timeZone },
      maxBufferedBytes: Infinity, // what one `send` brings is the bound
      openSocket: (url) => new WebSocket(url),
      onRejected: (rejected) => (this.rejected = rejected),
    });
    const stream = { client, nextOffset: 0 };
    this.streams.set(keyOf(chunk), stream);
    return stream;
  }
}

const keyOf = ({ subjectId, deviceId, sessionId }: AudioChunk): string => [subjectId, deviceId, sessionId].join('\0');

function chunkOf(value: Buffer | null): AudioChunk {
  const decoded = decode(value, 'AudioChunk');
  if (decoded.kind !== 'ok') throw new TypeError('the audio topic takes chunks alone');
  return decoded.value.value;
}

/** Once the signal is aborted, the work gets a moment more and is then left to itself. */
async function untilStopped(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = () => setTimeout(resolve, LAST_WORDS_MS).unref();
  });
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
